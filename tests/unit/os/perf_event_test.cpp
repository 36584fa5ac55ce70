// Perf events and their rings, on the faults of this very thread.
#include "os/perf_event.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "os/file_limit.hpp"
#include "os/process.hpp"
#include "support/toucher.hpp"

namespace faultlab::os {
namespace {

constexpr std::size_t kPages = 500;

struct Sample {
  perf_event_header header;
  std::uint64_t address;
};

perf_event_attr sampling_minor_faults() {
  auto attributes = software_event(PERF_COUNT_SW_PAGE_FAULTS_MIN, CountedMode::user);
  attributes.sample_period = 1;
  attributes.sample_type = PERF_SAMPLE_ADDR;
  return attributes;
}

class PerfEventTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto memory = Mapping::anonymous(Bytes(kPages * kPage.value));
    ASSERT_TRUE(memory);
    memory_ = std::move(*memory);
    ::madvise(memory_.data(), memory_.size(), MADV_NOHUGEPAGE);
    begin_ = reinterpret_cast<std::uint64_t>(memory_.data());
    auto event = PerfEvent::open(sampling_minor_faults(), {}, "minor faults");
    if (!event) GTEST_SKIP() << event.error().what << " (" << event.error().remedy << ")";
    event_.push_back(std::move(*event));
  }
  void touch(std::size_t first, std::size_t count) {
    testing::touch_pages(reinterpret_cast<char*>(memory_.data()) + first * kPage.value, count);
  }
  // The addresses within the memory that arrived in the ring.
  std::vector<std::uint64_t> addresses(PerfRing& ring) {
    std::vector<std::uint64_t> found;
    ring.drain([&](const perf_event_header& header) {
      if (header.type != PERF_RECORD_SAMPLE) return;
      Sample sample;
      std::memcpy(&sample, &header, sizeof sample);
      if (sample.address >= begin_ && sample.address < begin_ + memory_.size())
        found.push_back(sample.address);
    });
    return found;
  }

  Mapping memory_;
  std::uint64_t begin_ = 0;
  std::vector<PerfEvent> event_;
};

TEST_F(PerfEventTest, CountsEachFirstTouch) {
  touch(0, 1);
  const auto before = event_[0].count();
  touch(1, kPages - 1);
  const auto after = event_[0].count();
  ASSERT_TRUE(before && after);
  if (testing::sanitized()) {
    EXPECT_GE(*after - *before, kPages - 1);
  } else {
    EXPECT_EQ(*after - *before, kPages - 1);
  }
}

TEST_F(PerfEventTest, StopsAndGoesOn) {
  ASSERT_TRUE(event_[0].disable());
  touch(0, 100);
  EXPECT_LT(*event_[0].count(), 100U);
  ASSERT_TRUE(event_[0].enable());
  touch(100, 100);
  EXPECT_GE(*event_[0].count(), 100U);
}

// The ring's size is no multiple of a record's: over many rounds records wrap around its end.
TEST_F(PerfEventTest, ARingGivesEveryAddressInOrderAlsoAroundItsEnd) {
  auto ring = PerfRing::map(event_[0], 1);
  ASSERT_TRUE(ring) << ring.error().what;
  std::vector<std::uint64_t> expected, found;
  for (std::size_t i = 0; i < kPages; ++i) {
    touch(i, 1);
    expected.push_back(begin_ + i * kPage.value);
    for (const std::uint64_t address : addresses(*ring)) found.push_back(address);
  }
  EXPECT_EQ(found, expected);
  EXPECT_GT(ring->head(), ring->capacity()) << "it never wrapped";
  // What runs here for the first time faults too, and its records come after the last that were read.
  constexpr int kRounds = 5;
  for (int round = 0; round < kRounds && ring->tail() != ring->head(); ++round) addresses(*ring);
  EXPECT_EQ(ring->tail(), ring->head());
}

TEST_F(PerfEventTest, TheHeadHasMovedWhenTheTouchReturns) {
  auto ring = PerfRing::map(event_[0], 8);
  ASSERT_TRUE(ring);
  touch(0, 1);
  EXPECT_GT(ring->head(), 0U);  // also brings in what a sanitizer keeps of the ring
  const std::uint64_t before = ring->head();
  touch(0, 1);
  EXPECT_EQ(ring->head(), before) << "a hit";
  touch(1, 1);
  EXPECT_GT(ring->head(), before) << "a fault";
}

TEST_F(PerfEventTest, AFullRingLosesSamplesButNoCounts) {
  auto ring = PerfRing::map(event_[0], 1);
  ASSERT_TRUE(ring);
  touch(0, kPages);
  const std::size_t kept = addresses(*ring).size();
  EXPECT_LT(kept, kPages);
  EXPECT_GT(kept, kPage.value / sizeof(Sample) / 2);
  EXPECT_GE(*event_[0].count(), kPages);
}

TEST_F(PerfEventTest, TwoEventsShareOneRing) {
  auto second = PerfEvent::open(sampling_minor_faults(), {}, "the same again");
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->redirect_to(event_[0])) << "there is no ring yet";
  auto ring = PerfRing::map(event_[0], 8);
  ASSERT_TRUE(ring);
  ASSERT_TRUE(second->redirect_to(event_[0]));
  touch(0, 10);
  EXPECT_EQ(addresses(*ring).size(), 20U);
}

TEST(PerfEvent, ARefusalNamesEventCauseAndRemedy) {
  const auto refused = PerfEvent::open(software_event(0xFFFF, CountedMode::user), {}, "nothing");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("nothing"), std::string::npos);
  EXPECT_NE(refused.error().code, 0);
  EXPECT_FALSE(refused.error().remedy.empty()) << refused.error().what;
}

TEST(PerfEvent, LeavesFilesForTheHarness) {
  const rlimit before = original_file_limit();
  rlimit few = before;
  few.rlim_cur = 66;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto refused =
      PerfEvent::open(software_event(PERF_COUNT_SW_DUMMY, CountedMode::user), {}, "one too many");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().remedy.find("ulimit"), std::string::npos) << refused.error().what;

  raise_file_limit();
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  EXPECT_EQ(now.rlim_cur, before.rlim_max);
  const auto exit = run_to_end({"sh", "-c", "test $(ulimit -n) = 66"});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 0) << "a child has the limit that we had";
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(PerfEvent, AHardwareEventSaysHowLongItCounted) {
  const auto attributes = hardware_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, CountedMode::user);
  const auto event = PerfEvent::open(attributes, {}, "instructions");
  if (!event) {
    EXPECT_FALSE(event.error().remedy.empty());
    GTEST_SKIP() << event.error().what;
  }
  const auto timed = event->timed_count();
  ASSERT_TRUE(timed) << timed.error().what;
  EXPECT_LE(timed->running_ns, timed->enabled_ns);
}

}  // namespace
}  // namespace faultlab::os
