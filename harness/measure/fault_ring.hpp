// The thread's own faults and sleeps, known as soon as the access that had them is through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "measure/fault_class.hpp"
#include "os/perf_event.hpp"

namespace faultlab {

// What happened between two looks.
struct FaultsSeen {
  std::uint64_t minor = 0;                // in the region
  std::uint64_t major = 0;                // in the region
  std::uint64_t foreign = 0;              // of either kind, elsewhere
  std::uint64_t sleeps = 0;               // switches away of the thread's own will
  std::uint64_t preemptions = 0;          // and the others
  const std::byte* last_minor = nullptr;  // where
  bool ring_full = false;                 // there may have been more
};

// The class of an access, but for huge pages, which must be asked for; and why where none can be told.
struct Classified {
  FaultClass found;
  Unclassified why = Unclassified::slept_without_fault;
};
// `stores`: of an access that stored before it loaded.
Classified classify(const FaultsSeen& seen, const FaultMeaning& meaning, bool stores = false);

// Two perf events of the calling thread with one ring. The kernel moves the ring's head before a
// faulting instruction completes, so one load tells whether an access faulted. The events count in user
// mode only: there is where mappings fault, and an ordinary user may do it up to
// kernel.perf_event_paranoid 2. The ring's pages are not charged to the cgroup
// (kernel/events/ring_buffer.c allocates them without __GFP_ACCOUNT).
class FaultRing {
 public:
  // `pages_per_access`: how many faults one access can have.
  static Result<FaultRing> open(std::uint64_t pages_per_access);

  bool moved() const { return ring_.head() != ring_.tail(); }
  // Forgets what has happened so far.
  void skip() {
    if (const std::uint64_t head = ring_.head(); head != ring_.tail()) ring_.release(head);
  }
  // What has happened since the last look; faults inside `region` apart from others.
  FaultsSeen look(std::span<const std::byte> region);

 private:
  FaultRing(os::PerfEvent minor, os::PerfEvent major, os::PerfRing ring, std::uint64_t minor_id)
      : minor_(std::move(minor)), major_(std::move(major)), ring_(std::move(ring)), minor_id_(minor_id) {}

  os::PerfEvent minor_;
  os::PerfEvent major_;
  os::PerfRing ring_;
  std::uint64_t minor_id_;
};

}  // namespace faultlab
