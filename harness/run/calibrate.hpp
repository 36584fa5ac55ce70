// `calibrate`: each scenario in a fresh process in its own memory cgroup, and what came of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "host/doctor.hpp"
#include "run/calibration_protocol.hpp"

namespace faultlab::run {

struct CalibrationRequest {
  const Catalogue* catalogue = nullptr;
  std::vector<const ScenarioSpec*> scenarios;
  std::string data;         // folder for the scenarios' files
  std::uint64_t pages = 0;  // per scenario; a multiple of 512
  std::int64_t shift = 0;   // of every prediction: a test of the rows
};

enum class ScenarioOutcome {
  closes,      // every source says what was predicted
  off,         // at least one does not
  invalid,     // the event was not what it should be
  impossible,  // this host cannot do it; `lacks` says why
  failed,      // it reported an error; `why`
};
std::string_view to_string(ScenarioOutcome outcome);

struct Calibrated {
  const ScenarioSpec* spec = nullptr;
  ScenarioOutcome outcome = ScenarioOutcome::failed;
  Error why;                      // of invalid and failed
  std::vector<host::Lack> lacks;  // of impossible
  std::optional<ScenarioReport> report;
  std::vector<JudgedRow> rows;
  unsigned windows = 0;  // how many were opened until one in which nobody else faulted
};

struct Calibration {
  std::vector<Calibrated> scenarios;
  KernelRules rules;
  bool interrupted = false;
};

// Calls `done` after each scenario. Whatever goes wrong with a scenario is its outcome.
Result<Calibration> calibrate(const CalibrationRequest& request,
                              const std::function<void(const Calibrated&)>& done);

}  // namespace faultlab::run
