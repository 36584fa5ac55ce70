// Tells after each access whether it faulted, how, and whether the thread slept in it: the thread's own
// perf rings have moved before the access completes.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "os/perf_event.hpp"

namespace faultlab::scenario {

struct AccessCounts {
  std::uint64_t minor = 0;  // accesses that took minor faults
  std::uint64_t major = 0;
  std::uint64_t blocked_minor = 0;  // of those without a major one, how many gave up the CPU to wait
  std::uint64_t blocked_major = 0;
  std::uint64_t preempted = 0;  // the CPU was taken away: not a wait
};

// For the thread that opens it.
class SleepWitness {
 public:
  static Result<SleepWitness> open();
  // Right before the first access: what came before is forgotten.
  void begin();
  // To be called after each access: true where it faulted. Neither allocates nor enters the kernel.
  bool after_access();
  const AccessCounts& counts() const { return counts_; }

 private:
  struct Watched {
    os::PerfEvent event;
    os::PerfRing ring;
  };
  static Result<Watched> watch(perf_event_attr attributes, const char* name);
  SleepWitness(Watched minor, Watched major, Watched switches)
      : minor_(std::move(minor)), major_(std::move(major)), switches_(std::move(switches)) {}

  Watched minor_, major_, switches_;
  AccessCounts counts_;
};

}  // namespace faultlab::scenario
