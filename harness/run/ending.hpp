// How a trial's process ended, and what that says of the trial.
#pragma once

#include <string>

#include "catalogue/data_file.hpp"
#include "measure/progress.hpp"
#include "os/process.hpp"
#include "run/budget.hpp"

namespace faultlab::run {

// Of a signal: a crash of the program, or somebody else's doing.
record::Outcome outcome_of(int signal);

// Of a process that ended before it had reported; `dataset` as it was made, its path empty where the trial
// uses none. A SIGBUS inside the mapped dataset is the storage's failure: `failed`, with the offset and what
// can be found out of the cause.
Ending ending_of(const os::Exit& exit, const ProgressPage& progress, const DataFile& dataset);

}  // namespace faultlab::run
