// A thread for each connection.
#include "sink/receiver_process.hpp"

#include <sys/resource.h>

#include <chrono>
#include <thread>

#include "os/line_channel.hpp"
#include "os/signal_gate.hpp"

namespace faultlab::sink {
namespace {

std::int64_t nanoseconds_of(const timeval& time) {
  return time.tv_sec * 1'000'000'000LL + time.tv_usec * 1000LL;
}

// Of this process so far.
ReceiverReport spent() {
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);  // cannot fail with these arguments
  return {.received = {},
          .user_ns = nanoseconds_of(own.ru_utime),
          .system_ns = nanoseconds_of(own.ru_stime),
          .context_switches = own.ru_nvcsw + own.ru_nivcsw};
}

// Until there is something to take, and then for so long.
void hold_back(const os::Fd& end, std::uint64_t late_ms) {
  if (late_ms == 0) return;
  static_cast<void>(os::wait_readable({&end}, -1));  // where it fails, the read says so
  std::this_thread::sleep_for(std::chrono::milliseconds(late_ms));
}

ReceiverReport receive(const ReceiverTask& task) {
  std::vector<os::Fd> ends;
  for (const int each : task.ends) ends.emplace_back(each);
  ReceiverReport report = spent();
  report.received.resize(ends.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    threads.emplace_back([&, i] {
      hold_back(ends[i], task.late_ms);
      report.received[i] = receive_all(ends[i], task.kind, task.how);
    });
  }
  for (std::thread& each : threads) each.join();
  const ReceiverReport now = spent();
  report.user_ns = now.user_ns - report.user_ns;
  report.system_ns = now.system_ns - report.system_ns;
  report.context_switches = now.context_switches - report.context_switches;
  return report;
}

}  // namespace

Json to_json(const ReceiverTask& task) {
  return {{"ends", task.ends},
          {"kind", static_cast<int>(task.kind)},
          {"verify", task.how == Receive::verify},
          {"late_ms", task.late_ms}};
}

ReceiverTask task_from_json(const Json& json) {
  return {.ends = json.at("ends").get<std::vector<int>>(),
          .kind = static_cast<SinkKind>(json.at("kind").get<int>()),
          .how = json.at("verify").get<bool>() ? Receive::verify : Receive::discard,
          .late_ms = json.at("late_ms").get<std::uint64_t>()};
}

Json to_json(const ReceiverReport& report) {
  Json received = Json::array();
  for (const Received& each : report.received) {
    received.push_back({{"bytes", each.bytes},
                        {"checksum", each.checksum},
                        {"calls", each.calls},
                        {"last_ns", each.last_ns},
                        {"error", each.error}});
  }
  return {{"received", received},
          {"user_ns", report.user_ns},
          {"system_ns", report.system_ns},
          {"context_switches", report.context_switches}};
}

ReceiverReport report_from_json(const Json& json) {
  ReceiverReport report{.received = {},
                        .user_ns = json.at("user_ns").get<std::int64_t>(),
                        .system_ns = json.at("system_ns").get<std::int64_t>(),
                        .context_switches = json.at("context_switches").get<std::int64_t>()};
  for (const Json& each : json.at("received")) {
    report.received.push_back({.bytes = each.at("bytes").get<std::uint64_t>(),
                               .checksum = each.at("checksum").get<std::uint64_t>(),
                               .calls = each.at("calls").get<std::uint64_t>(),
                               .last_ns = each.at("last_ns").get<std::uint64_t>(),
                               .error = each.at("error").get<int>()});
  }
  return report;
}

int work_as_receiver() {
  os::LineReader orders{os::Fd(kReceiverOrders)};
  os::LineWriter reports{os::Fd(kReceiverReports)};
  const auto first = orders.next();
  if (!first || !*first) return 1;
  const ReceiverTask task = task_from_json(Json::parse(**first));
  if (auto ready = reports.send("ready"); !ready) return 1;
  return reports.send(to_json(receive(task)).dump()) ? 0 : 1;
}

}  // namespace faultlab::sink
