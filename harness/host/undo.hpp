// Taking one change back: what guards' destructors and `recover` have in common. Doing it twice, or
// when the change was never made, does no harm.
#pragma once

#include <string>

#include "base/result.hpp"
#include "host/journal.hpp"

namespace faultlab::host {

Result<> take_back(const Undo& undo);

// "removed cgroup /sys/fs/cgroup/...": what take_back has done.
std::string describe(const Undo& undo);

}  // namespace faultlab::host
