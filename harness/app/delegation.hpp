// A cgroup of our own where systemd can give one.
#pragma once

#include "app/commands.hpp"

namespace faultlab::app {

// On cgroup v2 a cgroup with other members cannot pass the memory controller on. Where systemd runs,
// the same command line is started again in a scope of its own. Returns only when that is not
// possible or not needed.
void seek_delegation(const Common& common);

}  // namespace faultlab::app
