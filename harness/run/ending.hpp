// How a trial's process ended, and what that says of the trial.
#pragma once

#include <string>

#include "base/units.hpp"
#include "measure/progress.hpp"
#include "os/process.hpp"
#include "run/budget.hpp"

namespace faultlab::run {

// Of a signal: a crash of the program, or somebody else's doing.
record::Outcome outcome_of(int signal);

struct DatasetFile {
  std::string path;  // empty: the trial uses none
  Bytes size;        // as it was made
};
// Of a process that ended before it had reported. A SIGBUS inside the mapped dataset is the storage's
// failure: `failed`, with the offset and what can be found out of the cause.
Ending ending_of(const os::Exit& exit, const ProgressPage& progress, const DatasetFile& dataset);

}  // namespace faultlab::run
