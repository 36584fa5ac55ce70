// Time, as the harness reads it: CLOCK_MONOTONIC in nanoseconds, the same in parent and child.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace faultlab {

inline std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

// The period of the kernel's clock tick, 1/CONFIG_HZ: the coarse clock moves by it (clock_getres(2)).
inline std::int64_t tick_ns() {
  timespec period{};
  ::clock_getres(CLOCK_MONOTONIC_COARSE, &period);
  return period.tv_sec * 1'000'000'000LL + period.tv_nsec;
}

}  // namespace faultlab
