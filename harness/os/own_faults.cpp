// getrusage(2), which cannot fail for these arguments.
#include "os/own_faults.hpp"

#include <sys/resource.h>

namespace faultlab::os {
namespace {

FaultCounts counts_of(int who) noexcept {
  rusage usage{};
  ::getrusage(who, &usage);
  return {usage.ru_minflt, usage.ru_majflt};
}

}  // namespace

FaultCounts own_faults() noexcept { return counts_of(RUSAGE_SELF); }
FaultCounts thread_faults() noexcept { return counts_of(RUSAGE_THREAD); }

}  // namespace faultlab::os
