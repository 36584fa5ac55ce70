// Sampling page-fault events on the trial's threads, and the rings that their records arrive in.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "measure/reading.hpp"
#include "os/perf_event.hpp"
#include "probe/fault_file.hpp"

namespace faultlab {

class FaultRings {
 public:
  // Every fault is a sample. With few threads and CPUs: a ring per CPU and kind, and what the threads
  // start is traced too. With many: a ring per thread and kind, of these threads alone, because an
  // inherited event may not have a ring of its own (perf_event_open(2), EINVAL).
  static Result<FaultRings> open(const std::vector<pid_t>& threads, std::size_t largest_ring = kLargestRing);
  // A thread faults up to 0.7 million times a second, at 40 bytes a record: 4 MiB hold 150 ms of it, which
  // is how long the reader may be kept from its CPU.
  static constexpr std::size_t kLargestRing = 1024;  // pages, a power of two

  // Hands what has arrived to `visit`, in no order between rings; returns how many records there were.
  std::size_t drain(const std::function<void(const FaultRecord&)>& visit);
  // No fault is counted or sampled after this.
  Result<> stop();
  // All faults that the events have counted, also those for which the rings had no room.
  Result<std::uint64_t> counted() const;
  // Traps that ended as neither a minor nor a major fault, of as many threads as are traced.
  Value failed() const;

  std::uint32_t flags() const { return flags_; }
  const std::string& note() const { return note_; }  // what flags() mean, in words; empty: all is traced

 private:
  // Events that share one ring.
  struct Source {
    FaultKind kind;
    std::uint16_t cpu;
    std::vector<os::PerfEvent> events;
    std::vector<os::PerfRing> ring;  // one, once mapped
  };
  struct Plan;
  void open_traps(const Plan& plan);
  Result<> open_sources(const Plan& plan, os::CountedMode mode);
  Result<> map_rings(std::size_t largest);
  Result<> start();

  std::vector<Source> sources_;
  std::vector<os::PerfEvent> traps_;  // counting, not sampling
  Value no_traps_ = Missing{"no thread of the trial could be traced"};
  std::uint32_t flags_ = 0;
  std::string note_;
};

}  // namespace faultlab
