// The manifest: what a run is, before its first trial.
#pragma once

#include "config/experiment.hpp"
#include "plan/plan.hpp"
#include "record/record.hpp"

namespace faultlab::run {

// Everything but "run" and "facts_*", which come when the folder is made and when the host is read.
record::Json describe(const config::Experiment& experiment, const plan::Plan& plan);

}  // namespace faultlab::run
