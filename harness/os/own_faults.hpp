// This process's or thread's page faults so far, by getrusage(2).
#pragma once

#include <cstdint>

namespace faultlab::os {

struct FaultCounts {
  std::int64_t minor = 0;
  std::int64_t major = 0;
  friend FaultCounts operator-(FaultCounts a, FaultCounts b) {
    return {a.minor - b.minor, a.major - b.major};
  }
  friend FaultCounts operator+(FaultCounts a, FaultCounts b) {
    return {a.minor + b.minor, a.major + b.major};
  }
  bool operator==(const FaultCounts&) const = default;
};

FaultCounts own_faults() noexcept;     // RUSAGE_SELF: all threads
FaultCounts thread_faults() noexcept;  // RUSAGE_THREAD

}  // namespace faultlab::os
