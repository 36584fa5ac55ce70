// Several reads under way: what came short goes on, what was interrupted begins anew, what failed is named.
#include "engine/queued.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "dataset/content.hpp"

namespace faultlab::engine {
namespace {

constexpr std::uint64_t kSeed = 9;
constexpr Bytes kBlock{2 * 4096};

// What a fake device does with its n-th answer.
enum class Answer { whole, half, again, interrupted, end, broken };

// Answers in the opposite order in which it was asked, as the script says, then wholly.
struct FakeQueue {
  std::vector<Answer>* script;
  std::vector<QueuedRead> asked = {};
  unsigned* deepest;

  void put(const QueuedRead& read) noexcept {
    asked.push_back(read);
    *deepest = std::max(*deepest, static_cast<unsigned>(asked.size()));
  }

  template <class Ended>
  int reap(Account& account, bool, Ended ended) noexcept {
    ++account.calls;
    auto now = std::exchange(asked, {});
    std::reverse(now.begin(), now.end());
    for (const QueuedRead& read : now) ended(read.slot, answer(read));
    return 0;
  }

  int answer(const QueuedRead& read) const noexcept {
    Answer said = Answer::whole;
    if (!script->empty()) {
      said = script->back();
      script->pop_back();
    }
    if (said == Answer::again) return -EAGAIN;
    if (said == Answer::interrupted) return -EINTR;
    if (said == Answer::end) return 0;
    if (said == Answer::broken) return -EIO;
    const std::size_t size = said == Answer::half && read.size > kPage.value ? kPage.value : read.size;
    fill_content(kSeed, read.offset, {read.into, size});
    return static_cast<int>(size);
  }
};

class QueuedTest : public ::testing::Test {
 protected:
  std::unique_ptr<Accessor> worker(std::uint64_t depth) {
    AccessSetup setup{
        .path = {}, .size = kBlock * 64, .block = kBlock, .consume = Consume::sum, .stop = &stop_};
    setup.options.set("depth", depth);
    auto made = queued_worker(setup, [&](const os::Mapping&, unsigned) -> Result<FakeQueue> {
      return FakeQueue{.script = &script_, .deepest = &deepest_};
    });
    EXPECT_TRUE(made);
    (*made)->begin_session(1);
    return std::move(*made);
  }

  static std::uint64_t expected(const std::vector<std::uint64_t>& offsets) {
    std::uint64_t sum = 0;
    for (const std::uint64_t offset : offsets) sum += expected_checksum(kSeed, offset, kBlock, true);
    return sum;
  }

  std::vector<Answer> script_;  // the last is the first
  unsigned deepest_ = 0;
  std::atomic<std::uint32_t> stop_{0};
  std::vector<std::uint64_t> offsets_ = [] {
    std::vector<std::uint64_t> all(20);
    std::iota(all.begin(), all.end(), 0);
    for (auto& each : all) each *= kBlock.value;
    return all;
  }();
};

TEST_F(QueuedTest, KeepsAsManyUnderWayAsItIsDeep) {
  for (const unsigned depth : {1U, 3U, 16U}) {
    deepest_ = 0;
    const auto reader = worker(depth);
    const BatchResult batch = reader->run(offsets_);
    const BatchResult rest = reader->complete();
    EXPECT_EQ(batch.done, offsets_.size());
    EXPECT_EQ(batch.error, 0);
    EXPECT_EQ(batch.checksum + rest.checksum, expected(offsets_));
    EXPECT_EQ(deepest_, depth);
    EXPECT_EQ(reader->account().calls, (offsets_.size() + depth - 1) / depth);
  }
}

TEST_F(QueuedTest, WhatCameShortGoesOnAndWhatWasInterruptedBeginsAnew) {
  const auto reader = worker(4);
  script_ = {Answer::half, Answer::again, Answer::half, Answer::interrupted, Answer::half};
  const BatchResult batch = reader->run(offsets_);
  const BatchResult rest = reader->complete();
  EXPECT_EQ(batch.error, 0);
  EXPECT_EQ(rest.error, 0);
  EXPECT_EQ(batch.checksum + rest.checksum, expected(offsets_));
}

TEST_F(QueuedTest, WhatFailedIsNamed) {
  for (const auto& [answer, error] : {std::pair(Answer::end, EIO), std::pair(Answer::broken, EIO)}) {
    const auto reader = worker(4);
    script_ = {answer};
    BatchResult result = reader->run(offsets_);
    if (result.error == 0) result = reader->complete();
    EXPECT_EQ(result.error, error);
    EXPECT_EQ(result.failed_at, offsets_[3]) << "the first answer is to the last question";
  }
}

TEST_F(QueuedTest, AnEmptyBatchTakesWhatHasCome) {
  const auto reader = worker(8);
  const auto few = std::span(offsets_).first(3);
  EXPECT_EQ(reader->run(few).checksum, 0U);
  const BatchResult come = reader->run({});
  EXPECT_EQ(come.done, 0U);
  EXPECT_EQ(come.checksum, expected({few.begin(), few.end()}));
  EXPECT_EQ(reader->complete().checksum, 0U);
}

TEST_F(QueuedTest, StopsAndStillTakesWhatIsUnderWay) {
  const auto reader = worker(8);
  const auto few = std::span(offsets_).first(5);
  EXPECT_EQ(reader->run(few).done, 5U);
  stop_ = 1;
  EXPECT_EQ(reader->run(offsets_).done, 0U);
  EXPECT_EQ(reader->complete().checksum, expected({few.begin(), few.end()}));
}

}  // namespace
}  // namespace faultlab::engine
