// Whom and what a BPF program is to watch, of a trial.
#pragma once

#include "base/result.hpp"
#include "catalogue/probe_spec.hpp"
#include "probe/subject.h"

namespace faultlab {

// An error where the trial has no dataset.
Result<faultlab_subject> subject_of(const ProbeTarget& target);

}  // namespace faultlab
