// The child's side of a trial: prepare, wait, work, report. Runs in a fresh process inside the
// trial's cgroup.
#pragma once

#include "catalogue/catalogue.hpp"

namespace faultlab::run {

// Speaks protocol.hpp over its inherited descriptors. The process's exit status: 0 when a report
// reached the parent, whatever it says.
int work_as_child(const Catalogue& catalogue);

}  // namespace faultlab::run
