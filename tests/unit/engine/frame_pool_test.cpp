// The pool of frames: what it holds, what it gives up, and many threads at once.
#include "engine/frame_pool.hpp"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <thread>

namespace faultlab::engine {
namespace {

constexpr std::size_t kFrameSize = 4096;

// A pool whose blocks hold their own numbers; it counts what it is asked to load.
class Numbers {
 public:
  explicit Numbers(std::uint64_t frames)
      : pool_(os::Mapping::anonymous(Bytes(frames * kFrameSize)).value(), kFrameSize) {}

  // The number that was found, and whether it was there.
  std::pair<std::uint64_t, bool> get(std::uint64_t block) {
    std::uint64_t seen = 0;
    bool hit = false;
    const int error = pool_.with(
        block, hit,
        [&](std::byte* frame) {
          loads_.fetch_add(1);
          *reinterpret_cast<std::uint64_t*>(frame) = block;
          return failing_.load();
        },
        [&](const std::byte* frame) { seen = *reinterpret_cast<const std::uint64_t*>(frame); });
    EXPECT_EQ(error, failing_.load());
    return {seen, hit};
  }

  std::uint64_t loads() const { return loads_; }
  void fail_with(int error) { failing_ = error; }

 private:
  FramePool pool_;
  std::atomic<std::uint64_t> loads_{0};
  std::atomic<int> failing_{0};
};

TEST(FramePool, LoadsABlockOnceWhileItFits) {
  Numbers numbers(8);
  for (int pass = 0; pass < 3; ++pass) {
    for (std::uint64_t block = 0; block < 8; ++block) {
      const auto [seen, hit] = numbers.get(block);
      EXPECT_EQ(seen, block);
      EXPECT_EQ(hit, pass > 0);
    }
  }
  EXPECT_EQ(numbers.loads(), 8U);
}

// Round and round over one block more than fits, a clock keeps nothing of use: every frame was used.
TEST(FramePool, ACycleThatIsTooLongAlwaysMisses) {
  Numbers numbers(8);
  for (int pass = 0; pass < 5; ++pass) {
    for (std::uint64_t block = 0; block < 9; ++block) EXPECT_FALSE(numbers.get(block).second);
  }
}

TEST(FramePool, TheClockSparesWhatIsUsed) {
  Numbers numbers(8);
  for (std::uint64_t block = 0; block < 8; ++block) numbers.get(block);
  numbers.get(100);  // the hand has now taken every mark away, and one block
  numbers.get(1);
  numbers.get(2);
  for (std::uint64_t block = 101; block < 106; ++block) numbers.get(block);
  EXPECT_TRUE(numbers.get(1).second);
  EXPECT_TRUE(numbers.get(2).second);
}

TEST(FramePool, WhatCouldNotBeLoadedIsNotThere) {
  Numbers numbers(8);
  numbers.fail_with(EIO);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(numbers.get(1).second);  // no frame is lost either
  numbers.fail_with(0);
  EXPECT_EQ(numbers.get(1), (std::pair<std::uint64_t, bool>(1, false)));
  EXPECT_EQ(numbers.get(1), (std::pair<std::uint64_t, bool>(1, true)));
}

TEST(FramePool, ManyThreadsFindTheirBlocks) {
  constexpr std::size_t kThreads = 4;
  constexpr std::uint64_t kAccesses = 20'000;
  Numbers numbers(24);
  std::array<std::uint64_t, kThreads> wrong{};
  std::array<std::uint64_t, kThreads> misses{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Random random(t);
      for (std::uint64_t i = 0; i < kAccesses; ++i) {
        const std::uint64_t block = random.below(40);
        const auto [seen, hit] = numbers.get(block);
        wrong[t] += seen != block;
        misses[t] += !hit;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::accumulate(wrong.begin(), wrong.end(), std::uint64_t{0}), 0U);
  // Who waits for another thread's load has missed, and loads nothing.
  EXPECT_GE(std::accumulate(misses.begin(), misses.end(), std::uint64_t{0}), numbers.loads());
  EXPECT_GE(numbers.loads(), 40U);
  EXPECT_LT(numbers.loads(), kThreads * kAccesses);
}

}  // namespace
}  // namespace faultlab::engine
