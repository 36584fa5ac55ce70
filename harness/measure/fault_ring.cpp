// The thread's fault events and their ring.
#include "measure/fault_ring.hpp"

#include <algorithm>
#include <bit>

#include "base/units.hpp"

namespace faultlab {
namespace {

// With PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_ADDR (perf_event_open(2), PERF_RECORD_SAMPLE).
struct FaultSample {
  perf_event_header header;
  std::uint64_t id;
  std::uint64_t address;
};

// The kernel wakes readers, by an interrupt, each time that the ring has filled once: with 64 pages
// once in 10922 faults, which no percentile up to 99.9 sees.
constexpr std::size_t kUsualPages = 64;
// perf_event_mlock_kb allows an ordinary user about 516 KiB per CPU; a block of 64 MiB fits into this.
constexpr std::size_t kMostPages = 128;

// <linux/perf_event.h>: since Linux 4.17 the kernel marks switches that the thread did not want.
constexpr std::uint16_t kSwitchedOut = PERF_RECORD_MISC_SWITCH_OUT;
constexpr std::uint16_t kPreempted = PERF_RECORD_MISC_SWITCH_OUT_PREEMPT;

perf_event_attr fault_event(std::uint64_t which) {
  perf_event_attr attributes = os::software_event(which, os::CountedMode::user);
  attributes.sample_period = 1;
  attributes.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_ADDR;
  attributes.watermark = 1;
  attributes.wakeup_watermark = 1U << 31;  // cut to the ring's size by the kernel
  return attributes;
}

std::size_t pages_for(std::uint64_t pages_per_access) {
  const std::uint64_t room = 2 * pages_per_access * sizeof(FaultSample);
  return std::clamp(std::bit_ceil(pages_ceil(Bytes(room)).value), kUsualPages, kMostPages);
}

void note_switch(const perf_event_header& header, FaultsSeen& seen) {
  if ((header.misc & kSwitchedOut) == 0) return;
  ++((header.misc & kPreempted) != 0 ? seen.preemptions : seen.sleeps);
}

}  // namespace

Classified classify(const FaultsSeen& seen, const FaultMeaning& meaning, bool stores) {
  const bool slept = seen.sleeps > 0;
  // The kernel's copying may fault, as may the harness; what counts for a call is whether it waited.
  if (!meaning.mapped) return {slept ? FaultClass::blocked : FaultClass::hit};
  if (seen.major > 0) return {slept ? meaning.major : meaning.awake_major};
  if (seen.ring_full) return {FaultClass::unclassified, Unclassified::ring_full};
  if (seen.foreign > 0) return {FaultClass::unclassified, Unclassified::foreign_fault};
  if (seen.minor > 0) return {slept ? FaultClass::blocked_minor : meaning.minor_of(stores)};
  if (slept) return {FaultClass::unclassified, Unclassified::slept_without_fault};
  return {FaultClass::hit};
}

Result<FaultRing> FaultRing::open(std::uint64_t pages_per_access) {
  perf_event_attr minor_attributes = fault_event(PERF_COUNT_SW_PAGE_FAULTS_MIN);
  minor_attributes.context_switch = 1;  // PERF_RECORD_SWITCH, Linux 4.3
  auto minor = os::PerfEvent::open(minor_attributes, {}, "minor-faults");
  if (!minor) return propagate(std::move(minor));
  auto major = os::PerfEvent::open(fault_event(PERF_COUNT_SW_PAGE_FAULTS_MAJ), {}, "major-faults");
  if (!major) return propagate(std::move(major));
  auto ring = os::PerfRing::map(*minor, pages_for(pages_per_access));
  if (!ring) return propagate(std::move(ring));
  if (auto sent = major->send_to_ring_of(*minor); !sent) return propagate(std::move(sent));
  auto id = minor->id();
  if (!id) return propagate(std::move(id));
  return FaultRing(std::move(*minor), std::move(*major), std::move(*ring), *id);
}

FaultsSeen FaultRing::look(std::span<const std::byte> region) {
  FaultsSeen seen;
  // The kernel keeps a byte free (kernel/events/ring_buffer.c: CIRC_SPACE), so that a sample is left out
  // where no more than its own size is left.
  seen.ring_full = ring_.capacity() - (ring_.head() - ring_.tail()) <= sizeof(FaultSample);
  struct Reader {
    FaultsSeen& seen;
    std::span<const std::byte> region;
    std::uint64_t minor_id;
  } reader{seen, region, minor_id_};
  ring_.drain([&reader](const perf_event_header& header) {
    if (header.type == PERF_RECORD_SWITCH) return note_switch(header, reader.seen);
    if (header.type != PERF_RECORD_SAMPLE) return;
    const auto& sample = reinterpret_cast<const FaultSample&>(header);
    const auto* address = reinterpret_cast<const std::byte*>(sample.address);  // NOLINT: the kernel's word
    const std::byte* begin = reader.region.data();
    if (address < begin || address >= begin + reader.region.size()) {
      ++reader.seen.foreign;
    } else if (sample.id == reader.minor_id) {
      ++reader.seen.minor;
      reader.seen.last_minor = address;
    } else {
      ++reader.seen.major;
    }
  });
  return seen;
}

}  // namespace faultlab
