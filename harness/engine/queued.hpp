// Engines that keep several reads under way, each in a buffer of its own: a queue of a stated depth per
// worker.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/buffer.hpp"
#include "engine/consume.hpp"
#include "engine/dispatch.hpp"
#include "os/mapping.hpp"

namespace faultlab::engine {

inline constexpr double kDeepest = 1024;

constexpr OptionSpec kDepthOption = {
    .name = "depth",
    .type = OptionType::integer,
    .fallback = "32",
    .meaning = "How many reads a worker keeps under way; each has a buffer of a block's size.",
    .minimum = 1,
    .maximum = kDeepest};

// A read that a queue is asked for. `slot` names it, and its buffer, until it has ended.
struct QueuedRead {
  unsigned slot;
  std::byte* into;
  std::size_t size;
  std::uint64_t offset;
};

// `Queue` has room for `depth` reads, and two methods. `put(QueuedRead)` takes one, which may stay
// unsubmitted. `reap(account, wait, ended)` submits what was taken, waits until one has ended if it is to
// wait, calls ended(slot, result) for all that have, with the bytes read or a negative errno, and returns an
// errno of its own calls.
template <class Queue, Consume kConsume, bool kOnePage, Latency kLatency>
class QueuedAccessor final : public Accessor {
 public:
  QueuedAccessor(Queue queue, const AccessSetup& setup, unsigned depth, os::Mapping buffers)
      : queue_(std::move(queue)),
        stop_(stop_flag(setup)),
        block_(setup.block.value),
        buffers_(std::move(buffers)),
        reads_(depth) {
    for (unsigned slot = depth; slot-- > 0;) free_.push_back(slot);
  }

  // The kernel writes into the buffers until it has answered.
  ~QueuedAccessor() override {
    int error = 0;
    while (under_way() > 0 && error == 0)
      error = queue_.reap(account_, true, [&](unsigned slot, int) { give_up(slot); });
  }

  void begin_session(std::uint64_t) override { account_ = {}; }
  Account account() const override { return account_; }

  // What is done with a block is done when it has come, which may be in a later batch or in complete(). An
  // empty batch submits what has been put, and takes what has come.
  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    BatchResult result;
    if (offsets.empty() && under_way() > 0) reap(result, false);
    for (const std::uint64_t offset : offsets) {
      if (stop_.load(std::memory_order_relaxed) != 0) break;
      while (free_.empty() && result.error == 0) reap(result, true);
      if (result.error != 0) break;
      begin(offset);
      ++result.done;
    }
    return result;
  }

  BatchResult complete() noexcept override {
    BatchResult result;
    // After an error, too: the kernel still writes into the buffers.
    while (under_way() > 0 && queue_error_ == 0) reap(result, true);
    return result;
  }

 private:
  struct Read {
    std::uint64_t offset = 0;
    std::size_t done = 0;     // bytes
    std::uint64_t begin = 0;  // ticks; where it is timed
    bool timed = false;
  };

  std::size_t block() const { return kOnePage ? kPage.value : block_; }
  std::byte* buffer(unsigned slot) const { return buffers_.data() + slot * block(); }
  std::size_t under_way() const { return reads_.size() - free_.size(); }

  void begin(std::uint64_t offset) noexcept {
    const unsigned slot = free_.back();
    Read read{.offset = offset};
    if constexpr (kLatency != Latency::off) {
      read.timed = kLatency == Latency::full || recorder_->due();
      if (read.timed) read.begin = recorder_->begin_queued(under_way() == 0);
    }
    free_.pop_back();
    reads_[slot] = read;
    put(slot);
  }

  void give_up(unsigned slot) noexcept { free_.push_back(slot); }

  void put(unsigned slot) noexcept {
    const Read& read = reads_[slot];
    queue_.put({slot, buffer(slot) + read.done, block() - read.done, read.offset + read.done});
  }

  void reap(BatchResult& result, bool wait) noexcept {
    queue_error_ = queue_.reap(account_, wait, [&](unsigned slot, int got) { take(slot, got, result); });
    if (queue_error_ != 0 && result.error == 0) result.error = queue_error_;
  }

  // A short read goes on where it ended; one that an interruption ended begins anew.
  void take(unsigned slot, int got, BatchResult& result) noexcept {
    Read& read = reads_[slot];
    const bool again = got == -EAGAIN || got == -EINTR;
    if (got > 0) read.done += static_cast<std::size_t>(got);
    if (again || (got > 0 && read.done < block())) return put(slot);
    give_up(slot);
    if (got <= 0) {
      if (result.error == 0) {
        result.error = got == 0 ? EIO : -got;  // the file has ended
        result.failed_at = read.offset;
      }
      return;
    }
    if constexpr (kLatency != Latency::off) {
      if (read.timed) recorder_->end_queued(read.begin, under_way() == 0);
    }
    const std::byte* const at = buffer(slot);
    result.checksum += kConsume == Consume::sum ? sum_words(at, block()) : touch_pages(at, block());
  }

  Queue queue_;
  const std::atomic<std::uint32_t>& stop_;
  std::size_t block_;
  os::Mapping buffers_;  // one for each slot
  std::vector<Read> reads_;
  std::vector<unsigned> free_;  // never grows: there are as many slots as it has room for
  Account account_;
  int queue_error_ = 0;
};

// `make_queue(buffers, depth)` gives the worker its queue.
template <class MakeQueue>
Result<std::unique_ptr<Accessor>> queued_worker(const AccessSetup& setup, MakeQueue make_queue) {
  const auto depth = static_cast<unsigned>(setup.options.integer(std::string(kDepthOption.name)));
  auto buffers = touched_buffer(setup.block * depth);
  if (!buffers) return propagate(std::move(buffers));
  auto queue = make_queue(*buffers, depth);
  if (!queue) return propagate(std::move(queue));
  using Queue = std::remove_reference_t<decltype(*queue)>;
  return with_loops(setup, [&](auto consume, auto one_page, auto latency) {
    return std::make_unique<QueuedAccessor<Queue, consume(), one_page(), latency()>>(
        std::move(*queue), setup, depth, std::move(*buffers));
  });
}

}  // namespace faultlab::engine
