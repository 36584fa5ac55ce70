// Prepare, forecast, and the counted window around the event.
#include "run/scenario_worker.hpp"

#include <signal.h>

#include "os/line_channel.hpp"
#include "os/own_pages.hpp"
#include "run/calibration_protocol.hpp"
#include "run/fault_sources.hpp"
#include "run/protocol.hpp"

namespace faultlab::run {
namespace {

Result<ScenarioReport> count(const Catalogue& catalogue, const ScenarioAssignment& assignment) {
  const ScenarioSpec* spec = find(catalogue.scenarios, assignment.scenario);
  if (spec == nullptr) return fail("no scenario is called " + assignment.scenario);
  const auto own_pages = os::OwnPages::now();
  if (!own_pages) return Failure(own_pages.error());
  FaultSources sources;
  sources.open_events();
  const auto scenario = spec->make();
  if (auto prepared = scenario->prepare(assignment.ground); !prepared) return propagate(std::move(prepared));
  sources.open_files(assignment.memory_stat, assignment.why_no_cgroup, assignment.top_memory_stat);
  auto forecast = scenario->forecast();
  if (!forecast) return propagate(std::move(forecast));
  if (auto there = own_pages->bring_in(); !there) return propagate(std::move(there));
  // A rehearsal: what reading allocates or looks up for the first time is not in the window.
  sources.begin();
  sources.end();

  sources.begin();
  auto acted = scenario->act();
  sources.end();

  if (!acted) return propagate(std::move(acted));
  return ScenarioReport{std::move(*forecast), sources.counts(), scenario->events(), scenario->verify()};
}

}  // namespace

int work_on_scenario(const Catalogue& catalogue) {
  ::signal(SIGPIPE, SIG_IGN);
  os::LineReader orders{os::Fd(kOrdersFd)};
  os::LineWriter reports{os::Fd(kReportsFd)};
  const auto first = orders.next();
  if (!first || !*first) return 1;
  auto report = count(catalogue, scenario_assignment_from_json(Json::parse(**first)));
  const Json line = report ? Json{{kDone, to_json(*report)}}
                           : Json{{kFailed,
                                   {{"what", report.error().what},
                                    {"remedy", report.error().remedy},
                                    {"code", report.error().code}}}};
  return reports.send(line.dump()) ? 0 : 1;
}

}  // namespace faultlab::run
