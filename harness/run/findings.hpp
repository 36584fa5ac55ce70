// What follows from a trial's readings, and what stands for those that were lost.
#pragma once

#include "config/experiment.hpp"
#include "measure/progress.hpp"
#include "measure/reading.hpp"
#include "run/supervisor.hpp"

namespace faultlab::run {

// Of a window that the trial's process did not live to close: what the progress page still has.
void add_lost_window(Readings& readings, const config::Trial& trial, const ProgressPage& progress);

// The last to be added: everything that is derived from other readings.
void derive_all(Readings& readings, const Stage& stage, const config::Trial& trial,
                const ProgressPage& progress);

}  // namespace faultlab::run
