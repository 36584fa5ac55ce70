// The child's side of `calibrate`: one scenario in a fresh process inside its cgroup.
#pragma once

#include "catalogue/catalogue.hpp"

namespace faultlab::run {

// Speaks protocol.hpp: one assignment in, one report out. The process's exit status, as of work_as_child.
int work_on_scenario(const Catalogue& catalogue);

}  // namespace faultlab::run
