// How long a trial takes to be itself again after a schedule's last change.
#pragma once

#include <cstdint>
#include <vector>

#include "measure/reading.hpp"

namespace faultlab::run {

// One row of the series: accesses so far, at a time since the window opened.
struct Progress {
  std::int64_t t_ns = 0;
  std::uint64_t accesses = 0;
};

// Nanoseconds from `last_ns`, where the last change was through, to the first three samples in a row with
// half of the speed from before `first_ns`, where the first change began. The speed before is that of
// the second half of that time. Missing where the series is too short, or where it never came back.
Value recovery(const std::vector<Progress>& series, std::uint64_t first_ns, std::uint64_t last_ns);

}  // namespace faultlab::run
