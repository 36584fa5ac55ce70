// What the parent and the child of `calibrate` say to each other, as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "catalogue/scenario_spec.hpp"
#include "run/protocol.hpp"
#include "run/reconcile.hpp"

namespace faultlab::run {

struct ScenarioAssignment {
  std::string scenario;
  Ground ground;
  std::string memory_stat;      // the file of the child's cgroup; empty: it has none
  std::string why_no_cgroup;    // then
  std::string top_memory_stat;  // of the highest cgroup in sight
};
Json to_json(const ScenarioAssignment& assignment);
ScenarioAssignment scenario_assignment_from_json(const Json& json);

struct ScenarioReport {
  Forecast forecast;
  Counts counts;
  std::uint64_t events = 0;
  std::string wrong;  // why the event was not what it should be; empty: it was
};
Json to_json(const ScenarioReport& report);
ScenarioReport scenario_report_from_json(const Json& json);

Json to_json(const Range& range);
Json to_json(const Forecast& forecast);
Json to_json(const Value& value);

}  // namespace faultlab::run
