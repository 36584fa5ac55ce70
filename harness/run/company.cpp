// Starting the other processes, and talking to them.
#include "run/company.hpp"

#include <fmt/format.h>

#include "record/record.hpp"

namespace faultlab::run {

Result<Company> Company::muster(const Assignment& first, const host::Topology& topology) {
  const auto& workload = first.trial.workload;
  Company company;
  for (unsigned process = 1; process < workload.processes; ++process) {
    Assignment assignment = first;
    assignment.process = process;
    auto member = start(assignment, topology.unit_of_process(process * workload.threads, workload.binding));
    if (!member) return propagate(std::move(member), fmt::format("start process {} of the trial", process));
    company.members_.push_back(std::move(*member));
  }
  return company;
}

Result<Company::Member> Company::start(const Assignment& assignment, std::optional<unsigned> cpu) {
  auto down = os::make_pipe();
  if (!down) return propagate(std::move(down));
  auto up = os::make_pipe();
  if (!up) return propagate(std::move(up));
  auto process = os::Child::spawn({.program = os::kOwnProgram,
                                   .arguments = {"faultlab", kWorkerWord},
                                   .descriptors = {{down->read_end.get(), kOrdersFd},
                                                   {up->write_end.get(), kReportsFd},
                                                   {kProgressFd, kProgressFd},
                                                   {kOutputFd, kOutputFd}},
                                   .cpu = cpu});
  if (!process) return propagate(std::move(process));
  Member member{std::move(*process), os::LineWriter(std::move(down->write_end)),
                os::LineReader(std::move(up->read_end))};
  if (auto sent = member.orders.send(to_json(assignment).dump()); !sent) return propagate(std::move(sent));
  return member;
}

Result<Json> Company::next_line(Member& member) {
  auto line = member.reports.next();
  if (!line) return propagate(std::move(line));
  if (!*line) {
    const auto exit = member.process.wait();
    if (!exit) return Failure(exit.error());
    return fail(fmt::format("a process of the trial has ended by {} {}",
                            exit->signalled ? "signal" : "status", exit->code));
  }
  Json message = Json::parse(**line);
  if (!message.contains(kFailed)) return message;
  const Json& error = message.at(kFailed);
  return fail(error.at("what").get<std::string>(), error.at("remedy").get<std::string>());
}

Result<Json> Company::await(Member& member, const char* key) {
  auto message = next_line(member);
  if (message && !message->contains(key))
    return fail("a process of the trial spoke out of turn: " + message->dump());
  return message ? Result<Json>(message->at(key)) : std::move(message);
}

Result<std::vector<Json>> Company::ready() {
  std::vector<Json> bindings;
  for (Member& member : members_) {
    auto binding = await(member, kReady);
    if (!binding) return propagate(std::move(binding));
    for (Json& each : binding->at("workers")) bindings.push_back(std::move(each));
  }
  return bindings;
}

// One that is gone is noticed, with its reason, by who reads its reports next.
void Company::go() {
  for (Member& member : members_) [[maybe_unused]] auto sent = member.orders.send(kGo);
}

Result<Shift> Company::closed() {
  Shift shift;
  for (Member& member : members_) {
    auto theirs = await(member, kClosed);
    if (!theirs) return propagate(std::move(theirs));
    shift.add(shift_from_json(*theirs));
  }
  return shift;
}

Result<> Company::hear_out(Member& member, Findings& findings) {
  for (;;) {
    auto message = next_line(member);
    if (!message) return propagate(std::move(message));
    if (message->contains(kInvalid)) findings.wrong = message->at(kInvalid).get<std::string>();
    if (message->contains(kLatency)) {
      findings.latency.push_back(record::latency_from_json(message->at(kLatency)));
    }
    if (message->contains(kWork)) {
      for (const Json& thread : message->at(kWork)) findings.work.push_back(thread);
    }
    if (message->contains(kDone)) {
      findings.readings.push_back(record::readings_from_json(Json{{"readings", message->at(kDone)}}));
      return {};
    }
  }
}

Result<Company::Findings> Company::verify() {
  Findings findings;
  for (Member& member : members_) [[maybe_unused]] auto sent = member.orders.send(kVerify);
  for (Member& member : members_) {
    if (auto heard = hear_out(member, findings); !heard) return propagate(std::move(heard));
  }
  return findings;
}

void add_readings(Readings& sum, const Readings& other) {
  for (Reading& reading : sum) {
    const Reading* theirs = find(other, reading.metric, reading.source);
    if (theirs != nullptr) reading.value = reading.value + theirs->value;
  }
}

}  // namespace faultlab::run
