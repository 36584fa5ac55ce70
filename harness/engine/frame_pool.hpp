// A page cache in user space: so many frames of a block each, found by a hash of the block's number, given up
// by a clock. Any number of threads.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/units.hpp"
#include "os/mapping.hpp"

namespace faultlab::engine {

// A frame's word has all of its state, so that one comparison both finds that a frame holds a block and keeps
// it there: the block's number, whether it is there or on its way, whether it was used since the clock's hand
// last came by, and by how many threads it is pinned. Lookups are optimistic: they follow a chain without a
// lock, and a chain that changes under them leads to the word of another block, or to its end. Then, and on a
// miss, the chain is looked through under its lock. A pinned frame is never given up.
class FramePool {
 public:
  // `memory` is cut into frames of `block` bytes: more of them than twice the threads.
  FramePool(os::Mapping memory, std::size_t block)
      : memory_(std::move(memory)),
        block_(block),
        frames_(memory_.size() / block),
        mask_(bit_ceil(frames_.size()) - 1),
        heads_(mask_ + 1),
        locks_(kLocks) {
    for (auto& head : heads_) head.store(kNone, std::memory_order_relaxed);
  }

  std::size_t frames() const { return frames_.size(); }

  // Calls use(bytes) on the block's frame, after load(block, bytes), which returns an errno, where it was not
  // there.
  template <class Load, class Use>
  int with(std::uint64_t block, bool& hit, Load load, Use use) noexcept {
    Index frame = find(block);
    hit = frame != kNone;
    if (!hit) {
      if (const int error = bring(block, frame, load); error != 0) return error;
    }
    use(bytes(frame));
    frames_[frame].word.fetch_sub(kPin, std::memory_order_release);
    return 0;
  }

 private:
  using Index = std::uint32_t;
  static constexpr Index kNone = UINT32_MAX;
  static constexpr std::size_t kLocks = 1024;
  // Of a word: 16 bits of pins, then a bit each, then 46 bits of the block's number.
  static constexpr std::uint64_t kPin = 1;
  static constexpr std::uint64_t kPins = 0xffff;
  static constexpr std::uint64_t kUsed = 1 << 16;
  static constexpr std::uint64_t kThere = 1 << 17;
  static constexpr unsigned kBlockShift = 18;
  // A frame that holds no block, of nobody, and one that the clock has taken for somebody.
  static constexpr std::uint64_t kFree = UINT64_MAX << kBlockShift;
  static constexpr std::uint64_t kTaken = kFree | kPin;

  struct Frame {
    std::atomic<std::uint64_t> word{kFree};
    std::atomic<Index> next{kNone};  // of its chain
  };

  static std::size_t bit_ceil(std::size_t n) {
    std::size_t power = 1;
    while (power < n) power *= 2;
    return power;
  }
  static std::uint64_t block_in(std::uint64_t word) { return word >> kBlockShift; }
  std::size_t chain_of(std::uint64_t block) const { return mix64(block) & mask_; }
  std::mutex& lock_of(std::uint64_t block) { return locks_[chain_of(block) % kLocks]; }
  std::byte* bytes(Index frame) const { return memory_.data() + frame * block_; }

  // The frame, pinned, if it holds the block and the block is there.
  bool pin(Index frame, std::uint64_t block) noexcept {
    auto& word = frames_[frame].word;
    std::uint64_t seen = word.load(std::memory_order_acquire);
    while (block_in(seen) == block && (seen & kThere) != 0) {
      if (word.compare_exchange_weak(seen, (seen | kUsed) + kPin, std::memory_order_acquire)) return true;
    }
    return false;
  }

  // Without a lock, the block's frame, pinned; the number of steps is bounded, for a chain may be changing.
  Index find(std::uint64_t block) noexcept {
    constexpr unsigned kMostSteps = 64;
    Index at = heads_[chain_of(block)].load(std::memory_order_acquire);
    for (unsigned step = 0; at != kNone && step < kMostSteps; ++step) {
      if (pin(at, block)) return at;
      at = frames_[at].next.load(std::memory_order_acquire);
    }
    return kNone;
  }

  // Of the chain, which is locked: the frame that holds the block or is about to.
  Index holder(std::uint64_t block) const noexcept {
    Index at = heads_[chain_of(block)].load(std::memory_order_relaxed);
    while (at != kNone && block_in(frames_[at].word.load(std::memory_order_relaxed)) != block)
      at = frames_[at].next.load(std::memory_order_relaxed);
    return at;
  }

  // The block's frame, pinned, after a miss.
  template <class Load>
  int bring(std::uint64_t block, Index& frame, Load load) noexcept {
    const Index own = take_frame();
    for (;;) {
      Index other = kNone;
      {
        const std::lock_guard lock(lock_of(block));
        other = holder(block);
        if (other == kNone) {
          // Not there yet, but whoever looks for it now will wait, and not read it a second time.
          frames_[own].word.store(block << kBlockShift | kPin, std::memory_order_relaxed);
          link(own, block);
        }
      }
      if (other == kNone) break;
      if (pin(other, block)) {
        frames_[own].word.store(kFree, std::memory_order_release);
        frame = other;
        return 0;
      }
      wait_for(other, block);
    }
    const int error = load(bytes(own));
    if (error != 0) {
      leave(own, block);
      frames_[own].word.store(kFree, std::memory_order_release);
    } else {
      frames_[own].word.store(block << kBlockShift | kThere | kUsed | kPin, std::memory_order_release);
    }
    frames_[own].word.notify_all();
    frame = own;
    return error;
  }

  // Until the block is there, or the frame holds another.
  void wait_for(Index frame, std::uint64_t block) noexcept {
    auto& word = frames_[frame].word;
    const std::uint64_t seen = word.load(std::memory_order_acquire);
    if (block_in(seen) == block && (seen & kThere) == 0) word.wait(seen, std::memory_order_acquire);
  }

  void link(Index frame, std::uint64_t block) noexcept {
    auto& head = heads_[chain_of(block)];
    frames_[frame].next.store(head.load(std::memory_order_relaxed), std::memory_order_release);
    head.store(frame, std::memory_order_release);
  }

  // Takes the frame out of the block's chain.
  void leave(Index frame, std::uint64_t block) noexcept {
    const std::lock_guard lock(lock_of(block));
    std::atomic<Index>* from = &heads_[chain_of(block)];
    while (from->load(std::memory_order_relaxed) != frame)
      from = &frames_[from->load(std::memory_order_relaxed)].next;
    from->store(frames_[frame].next.load(std::memory_order_relaxed), std::memory_order_release);
  }

  // The clock: the next frame that nobody has pinned and nobody has used since the hand last came by. A
  // thread pins two at most, so that there is one.
  Index take_frame() noexcept {
    for (;;) {
      const auto at = static_cast<Index>(hand_.fetch_add(1, std::memory_order_relaxed) % frames_.size());
      auto& word = frames_[at].word;
      std::uint64_t seen = word.load(std::memory_order_relaxed);
      if ((seen & kPins) != 0) continue;
      if ((seen & kUsed) != 0) {
        word.fetch_and(~kUsed, std::memory_order_relaxed);
        continue;
      }
      if (!word.compare_exchange_strong(seen, kTaken, std::memory_order_acquire)) continue;
      if (block_in(seen) != block_in(kFree)) leave(at, block_in(seen));
      return at;
    }
  }

  os::Mapping memory_;
  std::size_t block_;
  std::vector<Frame> frames_;
  std::size_t mask_;
  std::vector<std::atomic<Index>> heads_;
  std::vector<std::mutex> locks_;
  std::atomic<std::uint64_t> hand_{0};
};

}  // namespace faultlab::engine
