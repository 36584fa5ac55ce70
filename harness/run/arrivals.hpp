// The moments at which the accesses of an open loop are due: they come whether or not those before them have
// ended, so that a slow access makes the ones behind it late, and their latency shows it.
#pragma once

#include <cmath>
#include <cstdint>

#include "base/random.hpp"
#include "measure/tsc.hpp"

namespace faultlab::run {

// A Poisson process, of one worker: the gaps are exponential, and a function of the seed.
class Arrivals {
 public:
  Arrivals(const TickClock& clock, double per_second, std::uint64_t seed)
      : mean_gap_(kNsPerSecond / per_second / clock.exact_ns(1)),
        random_(seed),
        due_(static_cast<double>(clock.begin())) {}

  // Of the next access, in the clock's ticks.
  std::uint64_t next() {
    due_ -= mean_gap_ * std::log(1 - random_.unit());
    return static_cast<std::uint64_t>(due_);
  }

 private:
  static constexpr double kNsPerSecond = 1e9;

  double mean_gap_;  // ticks
  Random random_;
  double due_;
};

}  // namespace faultlab::run
