// The recorder's parts outside of the inner loop.
#include "measure/latency_recorder.hpp"

namespace faultlab {

void LatencyCounts::merge(const LatencyCounts& other) {
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i].merge(other.classes[i]);
  for (std::size_t i = 0; i < reasons.size(); ++i) reasons[i] += other.reasons[i];
  preempted += other.preempted;
  harness_ns += other.harness_ns;
  session_ns += other.session_ns;
}

void LatencyCounts::reset() {
  for (Histogram& each : classes) each.reset();
  reasons.fill(0);
  preempted = 0;
  harness_ns = session_ns = 0;
}

void LatencyCounts::doubt_minor_faults(const FaultMeaning& meaning) {
  const auto huge = os::file_bytes_mapped_huge();
  if (huge && *huge == 0) return;
  for (const FaultClass minor : {meaning.minor, meaning.minor_of_store}) {
    Histogram& doubted = classes[index_of(minor)];
    reasons[static_cast<std::size_t>(Unclassified::perhaps_huge)] += doubted.count();
    classes[index_of(FaultClass::unclassified)].merge(doubted);
    doubted.reset();
  }
}

LatencyRecorder::LatencyRecorder(const TickClock& clock, const LatencySetup& setup)
    : clock_(clock), setup_(setup) {
  if (auto ring = FaultRing::open(setup.pages_per_access)) {
    ring_.emplace(std::move(*ring));
  } else {
    lack_ = std::move(ring).error();
  }
  if (!setup.meaning.may_be_huge) return;
  if (auto query = os::HugePageQuery::open()) huge_.emplace(std::move(*query));
}

void LatencyRecorder::reset(std::uint64_t seed) {
  counts_.reset();
  between_ = 0;
  random_ = Random(seed);
  countdown_ = 1 + random_.below(kLongestGap);
}

void LatencyRecorder::begin_session() { session_begin_ = last_end_ = clock_.begin(); }

void LatencyRecorder::end_session() {
  const std::uint64_t now = clock_.end();
  counts_.harness_ns = clock_.exact_ns(between_ + (now - last_end_));
  counts_.session_ns = clock_.exact_ns(now - session_begin_);
}

FaultClass LatencyRecorder::look(std::span<const std::byte> memory) noexcept {
  const FaultsSeen seen = ring_->look(memory);
  if (seen.preemptions > 0) ++counts_.preempted;
  const Classified result = classify(seen, setup_.meaning, stores_);
  if (result.found == FaultClass::unclassified) ++counts_.reasons[static_cast<std::size_t>(result.why)];
  // Copies are small pages, whatever they are copies of (mm/memory.c: do_cow_fault).
  const bool maybe = result.found == setup_.meaning.minor_of(stores_) && result.found != FaultClass::cow;
  const bool ask = huge_ && maybe && seen.minor > 0;
  return ask && huge_->maps(seen.last_minor) ? FaultClass::hugepage : result.found;
}

}  // namespace faultlab
