// Accesses and their classes: the rules by themselves, then the kernel's own faults, to the fault.
#include "measure/latency_recorder.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <chrono>
#include <thread>

#include "os/mapping.hpp"

namespace faultlab {
namespace {

// A sanitizer's shadow memory faults too: beside it, counts are not exact.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

constexpr FaultMeaning kAnonymous = {.minor = FaultClass::zero_fill};
constexpr FaultMeaning kCall = {.mapped = false};

TEST(Classify, TheStrongestClassWins) {
  const auto of = [](const FaultsSeen& seen) { return classify(seen, kAnonymous).found; };
  EXPECT_EQ(of({}), FaultClass::hit);
  EXPECT_EQ(of({.preemptions = 3}), FaultClass::hit) << "a preemption is not a block";
  EXPECT_EQ(of({.minor = 2}), FaultClass::zero_fill);
  EXPECT_EQ(of({.minor = 2, .preemptions = 1}), FaultClass::zero_fill);
  EXPECT_EQ(of({.minor = 2, .sleeps = 1}), FaultClass::blocked_minor);
  EXPECT_EQ(of({.minor = 2, .major = 1, .sleeps = 1}), FaultClass::major);
  EXPECT_EQ(of({.major = 1}), FaultClass::major) << "whether or not it slept";
}

TEST(Classify, WhatCannotBeToldSaysWhy) {
  const auto why = [](const FaultsSeen& seen) {
    const Classified result = classify(seen, kAnonymous);
    EXPECT_EQ(result.found, FaultClass::unclassified);
    return result.why;
  };
  EXPECT_EQ(why({.sleeps = 1}), Unclassified::slept_without_fault);
  EXPECT_EQ(why({.minor = 1, .foreign = 1}), Unclassified::foreign_fault);
  EXPECT_EQ(why({.minor = 9, .ring_full = true}), Unclassified::ring_full);
}

TEST(Classify, ASystemCallHitsOrBlocks) {
  EXPECT_EQ(classify({}, kCall).found, FaultClass::hit);
  EXPECT_EQ(classify({.foreign = 1, .preemptions = 1}, kCall).found, FaultClass::hit);
  EXPECT_EQ(classify({.sleeps = 1}, kCall).found, FaultClass::blocked);
}

class RecorderTest : public ::testing::Test {
 protected:
  RecorderTest() : recorder_(TickClock::calibrated(), {.meaning = kAnonymous, .pages_per_access = 1}) {}

  void SetUp() override {
    if (const Error* lack = recorder_.without_classes()) GTEST_SKIP() << lack->what << "; " << lack->remedy;
    recorder_.reset(1);
  }

  std::uint64_t count(FaultClass each) const { return recorder_.counts().classes[index_of(each)].count(); }

  std::uint64_t all() const {
    std::uint64_t sum = 0;
    for (const Histogram& each : recorder_.counts().classes) sum += each.count();
    return sum;
  }

  LatencyRecorder recorder_;
};

long minor_faults_of_thread() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt;
}

TEST_F(RecorderTest, CountsEachAnonymousFaultOnceAndNoOther) {
  if (kSanitized) GTEST_SKIP() << "shadow memory faults too";
  constexpr std::uint64_t kPages = 20'000;
  auto memory = os::Mapping::anonymous(bytes_of(PageCount(kPages)));
  ASSERT_TRUE(memory);
  [[maybe_unused]] const auto small = memory->advise(MADV_NOHUGEPAGE);
  const auto touch = [&](std::uint64_t page) {
    return recorder_.timed(memory->bytes(), [&] {
      *reinterpret_cast<volatile std::byte*>(memory->data() + page * kPage.value) = std::byte{1};
      return 0;
    });
  };
  for (std::uint64_t page = 0; page < 10; ++page) touch(page);  // the harness's own pages are there now
  recorder_.reset(1);
  const long before = minor_faults_of_thread();
  recorder_.begin_session();
  for (std::uint64_t page = 10; page < kPages; ++page) {
    touch(page);
    touch(page - 1);
  }
  recorder_.end_session();
  const long faults = minor_faults_of_thread() - before;
  EXPECT_EQ(all(), 2 * (kPages - 10));
  EXPECT_LE(count(FaultClass::unclassified), 4U);
  EXPECT_EQ(count(FaultClass::zero_fill) + count(FaultClass::unclassified),
            static_cast<std::uint64_t>(faults))
      << "in line, and by getrusage(2)";
  EXPECT_GE(count(FaultClass::zero_fill), kPages - 10 - 4);
}

TEST_F(RecorderTest, AnAccessWithMoreFaultsThanTheRingHoldsIsUnclassified) {
  constexpr std::uint64_t kPages = 20'000;
  auto memory = os::Mapping::anonymous(bytes_of(PageCount(kPages)));
  ASSERT_TRUE(memory);
  [[maybe_unused]] const auto small = memory->advise(MADV_NOHUGEPAGE);
  const auto touch_all = [&](LatencyRecorder& recorder) {
    recorder.timed(memory->bytes(), [&] {
      for (std::size_t i = 0; i < memory->size(); i += kPage.value) memory->data()[i] = std::byte{1};
      return 0;
    });
  };
  touch_all(recorder_);
  EXPECT_EQ(count(FaultClass::unclassified), 1U);
  EXPECT_EQ(recorder_.counts().reasons[static_cast<std::size_t>(Unclassified::ring_full)], 1U);
  touch_all(recorder_);
  EXPECT_EQ(all(), 2U);
  EXPECT_EQ(count(FaultClass::unclassified), 1U) << "the next access is not blamed for it";
}

TEST_F(RecorderTest, AChainCountsEachFaultOnceAndItsTimesAddUp) {
  if (kSanitized) GTEST_SKIP() << "shadow memory faults too";
  constexpr std::uint64_t kPages = 5000;
  auto memory = os::Mapping::anonymous(bytes_of(PageCount(kPages)));
  ASSERT_TRUE(memory);
  [[maybe_unused]] const auto small = memory->advise(MADV_NOHUGEPAGE);
  const auto touch = [&](LatencyRecorder::Chain& chain, std::uint64_t page) {
    return chain.timed(memory->bytes(), [&](std::uint64_t zero) {
      *reinterpret_cast<volatile std::byte*>(memory->data() + page * kPage.value + zero) = std::byte{1};
      return page == kPages - 1 ? EIO : 0;
    });
  };
  recorder_.begin_session();
  {
    LatencyRecorder::Chain chain(recorder_);
    for (std::uint64_t page = 0; page < kPages - 1; ++page) {
      touch(chain, page);
      touch(chain, page - page % 7);
    }
    EXPECT_EQ(touch(chain, kPages - 1), EIO) << "what failed is not counted";
  }
  recorder_.end_session();
  EXPECT_EQ(all(), 2 * (kPages - 1));
  EXPECT_GE(count(FaultClass::zero_fill), kPages - 1 - 4);
  EXPECT_GE(count(FaultClass::hit), kPages - 1 - 4);
  double sum = recorder_.counts().harness_ns;
  for (const Histogram& each : recorder_.counts().classes) sum += static_cast<double>(each.total());
  EXPECT_NEAR(sum / recorder_.counts().session_ns, 1, 0.01);
}

TEST_F(RecorderTest, ItsTimesAddUpToTheSession) {
  recorder_.begin_session();
  for (int i = 0; i < 1000; ++i) recorder_.timed({}, [] { return 0; });
  recorder_.end_session();
  double sum = recorder_.counts().harness_ns;
  for (const Histogram& each : recorder_.counts().classes) sum += static_cast<double>(each.total());
  EXPECT_NEAR(sum, recorder_.counts().session_ns, 1000.0) << "an access's rounding is half a nanosecond";
}

TEST_F(RecorderTest, AHugePageIsToldFromASmallOne) {
  if (kSanitized) GTEST_SKIP() << "shadow memory faults too";
  constexpr std::size_t kHuge = std::size_t{2} << 20;
  if (auto query = os::HugePageQuery::open(); !query) GTEST_SKIP() << query.error().what;
  LatencyRecorder recorder(TickClock::plain(),
                           {.meaning = {.minor = FaultClass::zero_fill, .may_be_huge = true}});
  auto memory = os::Mapping::anonymous(Bytes(3 * kHuge));
  ASSERT_TRUE(memory);
  if (!memory->advise(MADV_HUGEPAGE)) GTEST_SKIP() << "a kernel without transparent huge pages";
  const auto at = reinterpret_cast<std::uintptr_t>(memory->data());
  std::byte* const aligned = memory->data() + ((kHuge - at % kHuge) % kHuge);
  const auto touch = [&](int advice) {
    [[maybe_unused]] const auto gone = memory->advise(MADV_DONTNEED);
    [[maybe_unused]] const auto advised = memory->advise(advice);
    recorder.reset(1);
    recorder.timed(memory->bytes(), [&] {
      *aligned = std::byte{1};
      return 0;
    });
    return [&](FaultClass which) { return recorder.counts().classes[index_of(which)].count(); };
  };
  // The kernel may sleep while it looks for 2 MiB in one piece, and rightly calls that blocked.
  auto count = touch(MADV_HUGEPAGE);
  for (int again = 0; count(FaultClass::blocked_minor) != 0 && again < 10; ++again) touch(MADV_HUGEPAGE);
  const auto huge = os::HugePageQuery::open()->maps(aligned);
  EXPECT_EQ(count(FaultClass::hugepage), huge ? 1U : 0U);
  EXPECT_EQ(count(FaultClass::zero_fill), huge ? 0U : 1U);
  touch(MADV_NOHUGEPAGE);
  EXPECT_EQ(count(FaultClass::hugepage), 0U);
  EXPECT_EQ(count(FaultClass::zero_fill), 1U);
}

TEST_F(RecorderTest, ASleepWithoutFaultIsUnclassified) {
  recorder_.timed({}, [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return 0;
  });
  EXPECT_EQ(count(FaultClass::unclassified), 1U);
}

TEST_F(RecorderTest, AFailedAccessIsNotRecorded) {
  EXPECT_EQ(recorder_.timed({}, [] { return EIO; }), EIO);
  EXPECT_EQ(all(), 0U);
}

TEST_F(RecorderTest, OneAccessIn64IsDue) {
  recorder_.reset(7);
  std::uint64_t due = 0, since = 0, longest = 0;
  for (int i = 0; i < 640'000; ++i) {
    ++since;
    if (!recorder_.due()) continue;
    ++due;
    longest = std::max(longest, since);
    since = 0;
  }
  EXPECT_NEAR(static_cast<double>(due), 10'000, 500);
  EXPECT_EQ(longest, 127U);
}

}  // namespace
}  // namespace faultlab
