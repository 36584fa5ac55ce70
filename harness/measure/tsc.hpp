// The clock of single accesses: the time stamp counter where it runs at one rate in every power state,
// clock_gettime(2) elsewhere.
#pragma once

#include <cstdint>
#include <string_view>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "measure/clock.hpp"

namespace faultlab {

class TickClock {
 public:
  // Chooses and calibrates: takes 20 ms.
  static TickClock calibrated();
  // clock_gettime(2), whatever the machine has.
  static TickClock plain();

  // Read before an access: nothing of the access has begun, everything before it is through. LFENCE
  // waits until all earlier instructions have completed (Intel SDM vol. 2, RDTSC and LFENCE).
  std::uint64_t begin() const noexcept {
#if defined(__x86_64__)
    if (invariant_) {
      _mm_lfence();
      const std::uint64_t now = __rdtsc();
      _mm_lfence();
      return now;
    }
#endif
    return now_ns();
  }
  // Read after an access: it is through.
  std::uint64_t end() const noexcept {
#if defined(__x86_64__)
    if (invariant_) {
      _mm_lfence();
      return __rdtsc();
    }
#endif
    return now_ns();
  }

  // Read between two accesses: the one before is through, and the one after has not begun if what it reads
  // from is worked out with zero_of(this reading).
  std::uint64_t between() const noexcept { return end(); }
  // Zero, which neither the compiler nor the processor knows before the reading is there: an address that it
  // was added to waits for the clock. It spares what a second LFENCE costs.
  static std::uint64_t zero_of(std::uint64_t reading) noexcept { return reading >> 63; }

  // Rounded to the nearest, so that sums of short intervals are not biased. Signed, since that is what
  // processors convert in one instruction.
  std::uint64_t ns(std::uint64_t ticks) const noexcept {
    const auto exact = static_cast<double>(static_cast<std::int64_t>(ticks)) * ns_per_tick_;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(exact + 0.5));
  }
  double exact_ns(std::uint64_t ticks) const { return static_cast<double>(ticks) * ns_per_tick_; }

  std::string_view name() const { return invariant_ ? "tsc" : "clock_gettime"; }
  // What is part of an access that is timed: the median of many with nothing in them, each between a begin
  // and an end of its own, or all of them in a chain, in which the end of one is the beginning of the next.
  double pair_ns() const;
  double link_ns() const;

 private:
  TickClock(bool invariant, double ns_per_tick) : invariant_(invariant), ns_per_tick_(ns_per_tick) {}

  bool invariant_;
  double ns_per_tick_;
};

}  // namespace faultlab
