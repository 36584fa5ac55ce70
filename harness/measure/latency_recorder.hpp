// Times a thread's accesses one by one and sorts each into its class.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/random.hpp"
#include "measure/fault_ring.hpp"
#include "measure/histogram.hpp"
#include "measure/tsc.hpp"
#include "os/huge_page_query.hpp"

namespace faultlab {

// What was recorded in a session, by one thread or by all of them.
struct LatencyCounts {
  std::array<Histogram, kFaultClasses> classes;                      // in ns
  std::array<std::uint64_t, kUnclassifiedReasons.size()> reasons{};  // of the unclassified
  std::uint64_t preempted = 0;  // timed accesses in which another task took the CPU
  double harness_ns = 0;        // between the end of an access and the beginning of the next timed one
  double session_ns = 0;

  void merge(const LatencyCounts& other);
  void reset();
  // For kernels that cannot be asked fault by fault: where files are mapped by huge pages now, any of
  // the minor faults may have been such a one, and all become unclassified.
  void doubt_minor_faults(const FaultMeaning& meaning);
};

struct LatencySetup {
  FaultMeaning meaning;
  std::uint64_t pages_per_access = 1;
};

class LatencyRecorder {
 public:
  // In the thread that it is to record. Never fails: without perf events it cannot tell classes.
  LatencyRecorder(const TickClock& clock, const LatencySetup& setup);

  // Forgets everything. `seed` chooses the accesses that due() names.
  void reset(std::uint64_t seed);
  void begin_session();
  void end_session();

  // Whether the next accesses store before they load, which decides what a minor fault is.
  void expect_stores(bool stores) noexcept { stores_ = stores; }

  // Leaves out of the harness's time what passed since the last timed access: a call of the engine's own.
  void skip_to_now() noexcept { last_end_ = clock_.end(); }

  // The next timed access was due at this tick of the clock: its latency counts from then.
  void due_at(std::uint64_t tick) noexcept { due_ = tick; }

  // True for one access in 64 on average, at gaps drawn evenly from 1 to 127: no order can keep step.
  bool due() noexcept {
    if (--countdown_ != 0) [[likely]]
      return false;
    countdown_ = 1 + random_.below(kLongestGap);
    return true;
  }

  // Runs access(), which returns 0 or errno, and records it if it did not fail. `memory` is the part of
  // the address space that the accesses may fault in.
  template <class Access>
  int timed(std::span<const std::byte> memory, Access access) noexcept {
    if (ring_) ring_->skip();
    const std::uint64_t begin = clock_.begin();
    const int error = access();
    const std::uint64_t end = clock_.end();
    if (error == 0) [[likely]] {
      between_ += begin - last_end_;
      last_end_ = end;
      const FaultClass found = faulted() ? look(memory) : without_fault();
      record(found, end - since(begin));
    }
    return error;
  }

  // The same for accesses that follow each other with nothing between them: the end of one is the beginning
  // of the next, so that each costs one reading of the clock, and those that did not fault are put into their
  // histogram when the chain is full or at its end. Its state is local to a loop, where it can stay in
  // registers.
  class Chain {
   public:
    explicit Chain(LatencyRecorder& recorder) noexcept : recorder_(recorder) { begin(); }
    ~Chain() { end(); }
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    // access(zero) is to add that zero to the address that it reads from: it waits for the clock by it.
    template <class Access>
    int timed(std::span<const std::byte> memory, Access access) noexcept {
      const int error = access(TickClock::zero_of(last_));
      const std::uint64_t now = recorder_.clock_.between();
      if (error != 0) [[unlikely]]
        return error;
      const std::uint64_t took = now - recorder_.since(last_);
      last_ = now;
      if (recorder_.faulted()) [[unlikely]] {
        end();
        recorder_.record(recorder_.look(memory), took);
        begin();
        return 0;
      }
      recorder_.waiting_[waiting_++] = took;
      if (waiting_ == recorder_.waiting_.size()) [[unlikely]] {
        end();
        begin();
      }
      return 0;
    }

   private:
    void begin() noexcept {
      if (recorder_.ring_) recorder_.ring_->skip();
      last_ = recorder_.clock_.between();
      recorder_.between_ += last_ - recorder_.last_end_;
    }
    void end() noexcept {
      recorder_.last_end_ = last_;
      recorder_.counts_.classes[index_of(recorder_.without_fault())].record_all(
          std::span(recorder_.waiting_).first(waiting_),
          [this](std::uint64_t ticks) { return recorder_.clock_.ns(ticks); });
      waiting_ = 0;
    }

    LatencyRecorder& recorder_;
    std::uint64_t last_ = 0;
    std::size_t waiting_ = 0;
  };

  // Of accesses that are under way together: the time of the beginning of one, `alone` where no other is
  // under way, and its end, `last` where none is any more. What lies between a last end and a lone beginning
  // is the harness's.
  std::uint64_t begin_queued(bool alone) noexcept {
    const std::uint64_t begin = clock_.begin();
    if (alone) between_ += begin - last_end_;
    return since(begin);
  }
  void end_queued(std::uint64_t begin, bool last) noexcept {
    const std::uint64_t end = clock_.end();
    if (last) last_end_ = end;
    record(FaultClass::queued, end - begin);
  }

  const LatencyCounts& counts() const { return counts_; }
  // Why accesses cannot be told apart here; null where they can.
  const Error* without_classes() const { return lack_ ? &*lack_ : nullptr; }
  // True where a minor fault may have mapped 2 MiB and the kernel cannot be asked fault by fault.
  bool blind_to_huge() const { return setup_.meaning.may_be_huge && !huge_; }

 private:
  static constexpr std::uint64_t kLongestGap = 127;

  // From when an access's latency counts: a closed loop's from its beginning.
  std::uint64_t since(std::uint64_t begin) noexcept { return due_ == 0 ? begin : std::exchange(due_, 0); }
  void record(FaultClass found, std::uint64_t ticks) noexcept {
    counts_.classes[index_of(found)].record(clock_.ns(ticks));
  }
  bool faulted() const noexcept { return ring_ && ring_->moved(); }
  FaultClass without_fault() const noexcept { return ring_ ? FaultClass::hit : FaultClass::any; }
  FaultClass look(std::span<const std::byte> memory) noexcept;

  TickClock clock_;
  LatencySetup setup_;
  bool stores_ = false;
  std::optional<FaultRing> ring_;
  std::optional<os::HugePageQuery> huge_;
  std::optional<Error> lack_;
  std::uint64_t session_begin_ = 0;
  std::uint64_t last_end_ = 0;
  std::uint64_t between_ = 0;
  std::uint64_t countdown_ = 1;
  std::uint64_t due_ = 0;  // 0: whenever it begins
  Random random_{0};
  std::array<std::uint64_t, 128> waiting_{};  // ticks of accesses of a chain that did not fault
  LatencyCounts counts_;
};

}  // namespace faultlab
