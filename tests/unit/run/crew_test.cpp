// The crew: exact work, sessions that stop, and checksums that are believed only when they are right.
#include "run/crew.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <numeric>
#include <thread>

#include "catalogue/tables.hpp"
#include "dataset/content.hpp"
#include "os/file.hpp"
#include "os/process.hpp"

namespace faultlab::run {
namespace {

// What a fake engine does with an access.
enum class Deed { right, wrong_sum, error, slow };

class FakeAccessor final : public Accessor {
 public:
  FakeAccessor(Deed deed, std::uint64_t seed, const std::atomic<std::uint32_t>& stop)
      : deed_(deed), seed_(seed), stop_(stop) {}

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    BatchResult result;
    for (const std::uint64_t offset : offsets) {
      if (stop_.load() != 0) break;
      if (deed_ == Deed::error && offset == 5 * kPage.value) {
        result.error = EIO;
        break;
      }
      if (deed_ == Deed::slow) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      result.checksum += expected_checksum(seed_, offset, kPage, false);
      ++result.done;
    }
    if (deed_ == Deed::wrong_sum) ++result.checksum;
    return result;
  }

 private:
  Deed deed_;
  std::uint64_t seed_;
  const std::atomic<std::uint32_t>& stop_;
};

class FakeEngine final : public Engine {
 public:
  FakeEngine(Deed deed, const std::atomic<std::uint32_t>& stop) : deed_(deed), stop_(stop) {}
  Result<> prepare(const AccessSetup&) override { return {}; }
  Result<std::unique_ptr<Accessor>> worker(unsigned) override {
    return std::make_unique<FakeAccessor>(deed_, 1, stop_);
  }

 private:
  Deed deed_;
  const std::atomic<std::uint32_t>& stop_;
};

class CrewTest : public ::testing::Test {
 protected:
  CrewTest() {
    trial_.dataset.size = Bytes(100 * kPage.value);
    trial_.workload.block = kPage;
    trial_.workload.order.kind = "sequential";
    trial_.workload.binding = config::Binding::none;
    trial_.workload.threads = 2;
  }

  std::unique_ptr<Crew> muster(Deed deed) {
    engine_ = std::make_unique<FakeEngine>(deed, progress_->sessions[0].over);
    auto crew = Crew::muster({.engine = engine_.get(),
                              .order = find(order_table(), "sequential"),
                              .trial = &trial_,
                              .topology = &*topology_,
                              .progress = progress_.get()});
    EXPECT_TRUE(crew) << crew.error().what;
    return std::move(*crew);
  }

  static std::uint64_t accesses(const Crew& crew) {
    std::uint64_t sum = 0;
    for (const Tally& tally : crew.tallies()) sum += tally.accesses;
    return sum;
  }

  config::Trial trial_;
  Result<host::Topology> topology_ = host::Topology::load();
  std::unique_ptr<ProgressPage> progress_ = std::make_unique<ProgressPage>();
  std::unique_ptr<FakeEngine> engine_;
};

TEST_F(CrewTest, WorkersSayWhoTheyAre) {
  const auto crew = muster(Deed::right);
  const pid_t first = progress_->workers[0].thread;
  const pid_t second = progress_->workers[1].thread;
  for (const pid_t thread : {first, second}) {
    EXPECT_TRUE(os::exists(fmt::format("/proc/self/task/{}", thread)));
    EXPECT_NE(thread, os::thread_id());
  }
  EXPECT_NE(first, second);
  EXPECT_EQ(progress_->workers[2].thread, 0);
}

TEST_F(CrewTest, PassesReachEveryBlockExactly) {
  const auto crew = muster(Deed::right);
  crew->arm(1, config::Passes{3});
  crew->work();
  EXPECT_EQ(accesses(*crew), 300U);
  EXPECT_EQ(progress_->total_accesses(), 300U);
  EXPECT_EQ(crew->verify(), std::nullopt);
}

TEST_F(CrewTest, AnOddNumberOfAccessesIsSharedWithoutLoss) {
  const auto crew = muster(Deed::right);
  crew->arm(1, config::Accesses{7});
  crew->work();
  EXPECT_EQ(accesses(*crew), 7U);
  EXPECT_EQ(crew->verify(), std::nullopt);
}

TEST_F(CrewTest, AWrongChecksumIsNamedWithItsWorker) {
  const auto crew = muster(Deed::wrong_sum);
  crew->arm(1, config::Passes{1});
  crew->work();
  const auto verdict = crew->verify();
  ASSERT_TRUE(verdict.has_value());
  EXPECT_NE(verdict->find("worker 0: checksum"), std::string::npos) << *verdict;
}

TEST_F(CrewTest, AFailedAccessIsTheSessionsFailureWithItsOffset) {
  const auto crew = muster(Deed::error);
  crew->arm(1, config::Passes{1});
  crew->work();
  const auto failure = crew->failure();
  ASSERT_FALSE(failure);
  EXPECT_NE(failure.error().what.find("20480"), std::string::npos) << failure.error().what;
}

// Each access takes a millisecond, and five become due in that time.
TEST_F(CrewTest, AnOpenLoopsAccessesAreLateWhereTheEngineIsTooSlow) {
  trial_.workload.arrivals_per_second = 5000;
  const auto crew = muster(Deed::slow);
  crew->arm(1, config::Accesses{60}, Crew::Loop::open);
  crew->work();
  EXPECT_EQ(accesses(*crew), 60U);
  std::uint64_t late = 0;
  for (const Tally& tally : crew->tallies()) late += tally.late;
  EXPECT_GT(late, 30U);
  EXPECT_EQ(crew->verify(), std::nullopt);
  crew->arm(1, config::Accesses{60});
  crew->work();
  for (const Tally& tally : crew->tallies()) EXPECT_EQ(tally.late, 0U) << "a closed loop is never late";
}

// However fast the engine is: the last of so many accesses is due after as many gaps.
TEST_F(CrewTest, AnOpenLoopWaitsForItsArrivals) {
  trial_.workload.arrivals_per_second = 2000;
  const auto crew = muster(Deed::right);
  crew->arm(1, config::Accesses{100}, Crew::Loop::open);
  crew->work();
  EXPECT_EQ(accesses(*crew), 100U);
  for (const Tally& tally : crew->tallies()) EXPECT_GT(tally.end_ns - tally.begin_ns, 20'000'000U);
  EXPECT_EQ(crew->verify(), std::nullopt);
}

TEST(Arrivals, AreAPoissonProcessOfTheRateAndAFunctionOfTheSeed) {
  const TickClock clock = TickClock::plain();  // a tick is a nanosecond
  constexpr int kDraws = 10'000;
  Arrivals arrivals(clock, 1e6, 7);
  std::vector<double> gaps;
  std::uint64_t before = arrivals.next();
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t due = arrivals.next();
    gaps.push_back(static_cast<double>(due - before));
    before = due;
  }
  const double mean = std::accumulate(gaps.begin(), gaps.end(), 0.0) / kDraws;
  double squares = 0;
  for (const double gap : gaps) squares += (gap - mean) * (gap - mean);
  EXPECT_NEAR(mean, 1000, 40);                               // four standard errors
  EXPECT_NEAR(std::sqrt(squares / kDraws) / mean, 1, 0.08);  // exponential: deviation and mean are one
  Arrivals same(clock, 1e6, 7);
  const std::uint64_t first = same.next();
  EXPECT_EQ(static_cast<double>(same.next() - first), gaps.front());
}

TEST_F(CrewTest, TimeStopsIt) {
  const auto crew = muster(Deed::slow);
  crew->arm(1, config::Seconds{0.05});
  crew->work();
  EXPECT_GT(accesses(*crew), 0U);
  EXPECT_TRUE(crew->failure());
  EXPECT_EQ(crew->verify(), std::nullopt) << "also of a session that was cut short";
}

TEST_F(CrewTest, TheParentsWishStopsItWheneverItComes) {
  for (const bool early : {true, false}) {
    progress_ = std::make_unique<ProgressPage>();
    const auto crew = muster(Deed::slow);
    if (early) progress_->ask_to_stop();
    crew->arm(1, config::Passes{1'000'000});
    const std::jthread parent([&] {
      while (!early && progress_->total_accesses() == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      progress_->ask_to_stop();
    });
    crew->work();
    EXPECT_EQ(accesses(*crew) == 0, early) << accesses(*crew);
    EXPECT_LT(accesses(*crew), 1'000'000U);
  }
}

TEST_F(CrewTest, ASessionAfterOneThatTimeEndedRunsAgain) {
  const auto crew = muster(Deed::slow);
  crew->arm(1, config::Seconds{0.005});
  crew->work();
  crew->arm(1, config::Accesses{7});
  crew->work();
  EXPECT_EQ(accesses(*crew), 7U);
}

TEST_F(CrewTest, SessionsFollowEachOther) {
  const auto crew = muster(Deed::right);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    crew->arm(seed, config::Passes{1});
    crew->work();
    EXPECT_EQ(accesses(*crew), 100U);
  }
}

TEST_F(CrewTest, TheLastSessionsAccessesAreTimedByAllThreads) {
  trial_.workload.latency = Latency::full;
  const EngineSpec* anon = find(engine_table(), "anon");
  const auto engine = anon->make();
  const AccessSetup setup{.path = {},
                          .size = trial_.dataset.size,
                          .block = kPage,
                          .latency = Latency::full,
                          .threads = 2,
                          .content = 1,
                          .stop = &progress_->sessions[0].over};
  ASSERT_TRUE(engine->prepare(setup));
  auto crew = Crew::muster({.engine = engine.get(),
                            .order = find(order_table(), "sequential"),
                            .trial = &trial_,
                            .topology = &*topology_,
                            .progress = progress_.get(),
                            .faults = anon->faults});
  ASSERT_TRUE(crew);
  for (const std::uint64_t passes : {5, 2}) {
    (*crew)->arm(1, config::Passes{passes});
    (*crew)->work();
    const auto report = (*crew)->latency();
    ASSERT_TRUE(report);
    std::uint64_t timed = 0;
    for (const Histogram& each : report->counts.classes) timed += each.count();
    EXPECT_EQ(timed, 100 * passes) << "an earlier session leaves nothing";
  }
}

TEST_F(CrewTest, WithoutTimingThereIsNoReport) {
  const auto crew = muster(Deed::right);
  crew->arm(1, config::Passes{1});
  crew->work();
  EXPECT_FALSE(crew->latency());
}

}  // namespace
}  // namespace faultlab::run
