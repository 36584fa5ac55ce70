// Rings of the fault events and of context switches.
#include "scenario/sleep_witness.hpp"

namespace faultlab::scenario {
namespace {

constexpr std::size_t kRingPages = 8;

// True where something was recorded since the last time; forgets it.
bool moved(os::PerfRing& ring) {
  const std::uint64_t head = ring.head();
  if (head == ring.tail()) return false;
  ring.release(head);
  return true;
}

}  // namespace

Result<SleepWitness::Watched> SleepWitness::watch(perf_event_attr attributes, const char* name) {
  auto event = os::PerfEvent::open(attributes, {}, name);
  if (!event) return propagate(std::move(event));
  auto ring = os::PerfRing::map(*event, kRingPages);
  if (!ring) return propagate(std::move(ring));
  return Watched{std::move(*event), std::move(*ring)};
}

Result<SleepWitness> SleepWitness::open() {
  // User mode is enough for touches, and open to ordinary users.
  auto faults = os::software_event(PERF_COUNT_SW_PAGE_FAULTS_MIN, os::CountedMode::user);
  faults.sample_period = 1;
  faults.sample_type = PERF_SAMPLE_TIME;
  auto minor = watch(faults, "minor faults");
  if (!minor) return propagate(std::move(minor));
  faults.config = PERF_COUNT_SW_PAGE_FAULTS_MAJ;
  auto major = watch(faults, "major faults");
  if (!major) return propagate(std::move(major));
  // An event that never counts carries the records of switches. They are bare headers of 8 bytes
  // (perf_event_open(2): PERF_RECORD_SWITCH), so none of them wraps around the ring's end.
  auto dummy = os::software_event(PERF_COUNT_SW_DUMMY, os::CountedMode::user);
  dummy.context_switch = 1;
  auto switches = watch(dummy, "context switches");
  if (!switches) return propagate(std::move(switches));
  return SleepWitness(std::move(*minor), std::move(*major), std::move(*switches));
}

void SleepWitness::begin() {
  for (Watched* each : {&minor_, &major_, &switches_}) moved(each->ring);
  counts_ = {};
}

bool SleepWitness::after_access() {
  const bool minor = moved(minor_.ring);
  const bool major = moved(major_.ring);
  bool slept = false;
  if (switches_.ring.head() != switches_.ring.tail()) {
    switches_.ring.drain([&](const perf_event_header& record) {
      if (record.type != PERF_RECORD_SWITCH || (record.misc & PERF_RECORD_MISC_SWITCH_OUT) == 0) return;
      if ((record.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT) != 0) {
        ++counts_.preempted;
      } else {
        slept = true;
      }
    });
  }
  counts_.minor += minor ? 1 : 0;
  counts_.major += major ? 1 : 0;
  // An access may fault twice (seen on Linux 6.1, at the first touch of a mapping): it is the miss that
  // waits.
  counts_.blocked_minor += minor && !major && slept ? 1 : 0;
  counts_.blocked_major += major && slept ? 1 : 0;
  return minor || major;
}

}  // namespace faultlab::scenario
