// Parent and child of one act. They speak in two lines, both outside of what is timed.
#include "one_process.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "bare_table.hpp"
#include "catalogue/catalogue.hpp"
#include "catalogue/tables.hpp"
#include "os/line_channel.hpp"
#include "os/process.hpp"
#include "os/signal_gate.hpp"
#include "run/child_link.hpp"
#include "run/protocol.hpp"
#include "run/scenario_run.hpp"
#include "scenario/file_touch.hpp"

namespace faultlab::micro {
namespace {

using run::Json;

constexpr int kPatienceMs = 120'000;
constexpr std::string_view kScenario = "scenario/";
constexpr std::string_view kBare = "bare/";

Json to_json(const Timed& timed) {
  return {{"ns", timed.ns},           {"events", timed.events},    {"event_pages", timed.event_pages},
          {"minor", timed.minor},     {"major", timed.major},      {"cpu_ns", timed.cpu_ns},
          {"tool_ns", timed.tool_ns}, {"first_ns", timed.first_ns}};
}

Timed timed_from_json(const Json& json) {
  return {json.at("ns"),    json.at("events"), json.at("event_pages"), json.at("minor"),
          json.at("major"), json.at("cpu_ns"), json.at("tool_ns"),     json.at("first_ns")};
}

Result<Timed> time_scenario(std::string_view name, const Ground& ground) {
  const ScenarioSpec* spec = find(scenario_table(), name);
  if (spec == nullptr) return fail(fmt::format("no scenario is called {}", name));
  auto scenario = run::ScenarioRun::prepare(*spec, ground);
  if (!scenario) return propagate(std::move(scenario));
  const auto took = scenario->act();
  if (!took) return Failure(took.error());
  if (const auto wrong = scenario->verify()) return fail("not the event: " + *wrong);
  return Timed{.ns = *took,
               .events = scenario->events(),
               .event_pages = scenario->event_pages(),
               .minor = scenario->minor_faults(),
               .major = scenario->major_faults(),
               .cpu_ns = scenario->cpu_ns()};
}

Result<Timed> time_bare(std::string_view name, const Ground& ground) {
  const auto rows = bare_table();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const BareRow& r) { return r.name == name; });
  if (row == rows.end()) return fail(fmt::format("no bare loop is called {}", name));
  bare_account account{};
  const std::uint64_t pages = row->file ? scenario::pages_of_part(ground.pages) : ground.pages;
  const char* failed = row->run(pages, ground.folder.c_str(), &account);
  if (failed != nullptr) return os::os_failure(failed);
  return Timed{.ns = account.ns,
               .events = account.events,
               .event_pages = row->pages ? 1U : 0U,
               .minor = account.minor,
               .major = account.major,
               .cpu_ns = account.cpu_ns,
               .tool_ns = account.tool_ns,
               .first_ns = account.first_ns};
}

// Bound before anything is made, like a trial's: what migrates is timed twice.
Result<Timed> time_here(const std::string& act, const Ground& ground) {
  if (auto bound = os::stay_on_this_cpu(); !bound) return propagate(std::move(bound));
  const std::string_view name = act;
  if (name.starts_with(kScenario)) return time_scenario(name.substr(kScenario.size()), ground);
  if (name.starts_with(kBare)) return time_bare(name.substr(kBare.size()), ground);
  return fail("neither a scenario nor a bare loop: " + act);
}

Failure ended(run::ChildLink& link) {
  const auto exit = link.child().wait();
  if (!exit) return Failure(exit.error());
  return fail(exit->signalled ? fmt::format("its process was ended by signal {} ({})", exit->code,
                                            ::strsignal(exit->code))
                              : fmt::format("its process ended early with exit status {}", exit->code));
}

}  // namespace

Result<Timed> time_in_fresh_process(const std::string& act, const Ground& ground) {
  auto link = run::ChildLink::start(
      nullptr, {}, "/dev/null", kOneWord,
      {{"act", act}, {"folder", ground.folder}, {"pages", ground.pages}, {"seed", ground.seed}});
  if (!link) return propagate(std::move(link));
  const auto ready = os::wait_readable({&link->reports().fd(), &link->child().pidfd()}, kPatienceMs);
  if (!ready) return Failure(ready.error());
  if (*ready == 0) return fail(fmt::format("no answer within {} s", kPatienceMs / 1000));
  const auto line = link->reports().next();
  if (!line || !*line) return ended(*link);
  const Json message = Json::parse(**line);
  // Waited for, so that the next process has the machine to itself.
  if (const auto exit = link->child().wait(); !exit) return Failure(exit.error());
  if (!message.contains(run::kFailed)) return timed_from_json(message.at(run::kDone));
  const Json& error = message[run::kFailed];
  return fail(error.at("what"), error.at("remedy"), error.at("code"));
}

int be_the_process() {
  ::signal(SIGPIPE, SIG_IGN);
  os::LineReader orders{os::Fd(run::kOrdersFd)};
  os::LineWriter reports{os::Fd(run::kReportsFd)};
  const auto first = orders.next();
  if (!first || !*first) return 1;
  const Json order = Json::parse(**first);
  const auto timed = time_here(order.at("act"), {order.at("folder"), order.at("pages"), order.at("seed")});
  const Json report = timed ? Json{{run::kDone, to_json(*timed)}}
                            : Json{{run::kFailed,
                                    {{"what", timed.error().what},
                                     {"remedy", timed.error().remedy},
                                     {"code", timed.error().code}}}};
  return reports.send(report.dump()) ? 0 : 1;
}

}  // namespace faultlab::micro
