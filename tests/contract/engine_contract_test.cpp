// What every engine must keep, whichever it is: the checksum above all.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>

#include "contract/engines.hpp"
#include "measure/latency_recorder.hpp"

namespace faultlab {
namespace {

using namespace contract;

class EveryEngine : public EngineTest {};

TEST_P(EveryEngine, SaysWhatItIs) {
  EXPECT_FALSE(spec().row.name.empty());
  EXPECT_GT(spec().row.summary.size(), 10U);
  ASSERT_FALSE(spec().advices.empty());
  EXPECT_EQ(spec().advices.front(), Advice::normal);
  EXPECT_EQ(spec().make() != nullptr, is_of_blocks(spec().shape));
  EXPECT_EQ(find(engine_table(), spec().row.name), &spec());
}

TEST_P(EveryEngine, ReturnsTheDatasetsChecksum) {
  if (!accesses()) GTEST_SKIP() << "makes no accesses";
  for (const auto& [consume, consume_name] : kConsumeNames) {
    for (const Advice advice : spec().advices) {
      for (const auto& [start, start_name] : kStartNames) {
        for (const Bytes block : {kPage, kPage * 3}) {
          auto opened = open(spec(), setup(block, consume, advice, start));
          ASSERT_TRUE(opened.has_value()) << opened.error().what;
          const auto offsets = jumping_offsets(block);
          for (auto& worker : opened->workers) {
            const BatchResult result = run_whole(*worker, offsets);
            EXPECT_EQ(result.error, 0);
            EXPECT_EQ(result.done, offsets.size());
            EXPECT_EQ(result.checksum, expected(offsets, block, consume))
                << consume_name << " " << to_string(advice) << " " << start_name << " " << block.value;
          }
        }
      }
    }
  }
}

TEST_P(EveryEngine, EachTimedAccessHasOneClass) {
  if (!accesses()) GTEST_SKIP() << "makes no accesses";
  const TickClock clock = TickClock::calibrated();
  for (const Latency latency : {Latency::sampled, Latency::full}) {
    for (const Bytes block : {kPage, kPage * 3}) {
      AccessSetup timed = setup(block, Consume::sum);
      timed.latency = latency;
      timed.threads = 1;
      auto opened = open(spec(), timed);
      ASSERT_TRUE(opened.has_value()) << opened.error().what;
      LatencyRecorder recorder(clock,
                               {.meaning = spec().faults, .pages_per_access = block.value / kPage.value});
      recorder.reset(1);
      opened->workers[0]->record_into(&recorder);
      const auto offsets = jumping_offsets(block);
      recorder.begin_session();
      const BatchResult result = run_whole(*opened->workers[0], offsets);
      EXPECT_EQ(result.checksum, expected(offsets, block, Consume::sum));
      std::uint64_t classified = 0;
      for (const Histogram& each : recorder.counts().classes) classified += each.count();
      if (latency == Latency::full) {
        EXPECT_EQ(classified, offsets.size());
      } else {
        EXPECT_LT(classified, offsets.size() / 4);
        EXPECT_GT(classified, 0U);
      }
    }
  }
}

TEST_P(EveryEngine, GoesOnWhereABatchEnded) {
  if (!accesses()) GTEST_SKIP() << "makes no accesses";
  auto opened = open(spec(), setup(kPage, Consume::sum));
  ASSERT_TRUE(opened.has_value()) << opened.error().what;
  const auto offsets = jumping_offsets(kPage);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    // Batches by turns from both workers, and an empty one: neither may disturb the other.
    const BatchResult result = opened->workers[i % 2]->run(std::span(offsets).subspan(i, 1));
    const BatchResult none = opened->workers[0]->run({});
    EXPECT_EQ(none.done, 0U);
    sum += none.checksum;
    ASSERT_EQ(result.done, 1U);
    sum += result.checksum;
  }
  for (auto& worker : opened->workers) sum += worker->complete().checksum;
  EXPECT_EQ(sum, expected(offsets, kPage, Consume::sum));
}

TEST_P(EveryEngine, ShowsWhatItsWorkersReachInPlace) {
  if (!accesses()) GTEST_SKIP() << "makes no accesses";
  auto opened = open(spec(), setup(kPage, Consume::touch));
  ASSERT_TRUE(opened.has_value()) << opened.error().what;
  EXPECT_EQ(opened->engine->memory().size() >= kSize.value, spec().kernel_work != KernelWork::calls);
}

TEST_P(EveryEngine, StopsWhenTold) {
  if (!accesses()) GTEST_SKIP() << "makes no accesses";
  auto opened = open(spec(), setup(kPage, Consume::touch));
  ASSERT_TRUE(opened.has_value()) << opened.error().what;
  stop_ = 1;
  const BatchResult result = opened->workers[0]->run(jumping_offsets(kPage));
  EXPECT_EQ(result.done, 0U);
  EXPECT_EQ(result.checksum, 0U);
  EXPECT_EQ(result.error, 0);
}

TEST_P(EveryEngine, SaysThatTheFileIsAbsent) {
  if (!spec().uses_dataset) GTEST_SKIP() << "uses no file";
  AccessSetup absent = setup(kPage, Consume::touch);
  absent.path += ".absent";
  auto opened = open(spec(), absent);
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().what.find(absent.path), std::string::npos);
}

// Reads every block of a file that lost its second half; the status tells what came of it.
[[noreturn]] void run_truncated(const EngineSpec& spec, const AccessSetup& setup) {
  std::signal(SIGBUS, SIG_DFL);  // a sanitizer's handler would turn the signal into a status of its own
  if (::truncate(setup.path.c_str(), static_cast<off_t>(kSize.value / 2)) != 0) std::_Exit(3);
  auto opened = open(spec, setup);
  if (!opened) std::_Exit(opened.error().what.empty() ? 4 : 0);
  const auto offsets = jumping_offsets(kPage);
  const BatchResult result = run_whole(*opened->workers[0], offsets);
  std::_Exit(result.error != 0 && result.done < offsets.size() ? 0 : 5);
}

TEST_P(EveryEngine, NeverReturnsANumberForATruncatedFile) {
  if (!spec().uses_dataset) GTEST_SKIP() << "uses no file";
  if (!accesses()) GTEST_SKIP() << "makes no accesses";
  // mmap(2): an access beyond the end of the file is SIGBUS; a descriptor gives a short read.
  const auto error_or_sigbus = [](int status) {
    return ::testing::ExitedWithCode(0)(status) || ::testing::KilledBySignal(SIGBUS)(status);
  };
  for (const Advice advice : spec().advices) {
    AccessSetup reading = setup(kPage, Consume::touch, advice);
    // What write(2) stores makes the file whole again; a mapping's store is SIGBUS, as its load.
    if (spec().kernel_work == KernelWork::calls) reading.writes = 0;
    EXPECT_EXIT(run_truncated(spec(), reading), error_or_sigbus, "");
  }
}

TEST_P(EveryEngine, DescriptorsReportWhichAccessFailed) {
  constexpr std::array kOneReadAtATime = {"pread", "preadv2_nowait", "pread_direct", "read", "buffer_pool"};
  if (std::find(kOneReadAtATime.begin(), kOneReadAtATime.end(), spec().row.name) == kOneReadAtATime.end())
    GTEST_SKIP() << "has no read to fail, or several at once";
  auto opened = open(spec(), setup(kPage * 2, Consume::touch));
  ASSERT_TRUE(opened.has_value()) << opened.error().what;
  // The last block is half there: a short read.
  ASSERT_EQ(::truncate(dataset_.path().c_str(), static_cast<off_t>(kSize.value - kPage.value)), 0);
  const std::vector<std::uint64_t> offsets = {0, kSize.value - 2 * kPage.value, 0};
  const BatchResult result = opened->workers[0]->run(offsets);
  EXPECT_EQ(result.error, EIO);
  EXPECT_EQ(result.done, 1U);
  EXPECT_EQ(result.checksum, expected({0}, kPage * 2, Consume::touch));
  // And the worker is not confused afterwards.
  EXPECT_EQ(opened->workers[0]->run(std::vector<std::uint64_t>{8192}).checksum,
            expected({8192}, kPage * 2, Consume::touch));
}

// A session's accesses are hits or misses, whoever of the workers made them, and a miss is a block that was
// read.
TEST_P(EveryEngine, AccountsForItsLookups) {
  if (spec().accounts != Accounts::lookups && spec().accounts != Accounts::calls_and_lookups)
    GTEST_SKIP() << "looks nothing up";
  auto opened = open(spec(), setup(kPage, Consume::touch));
  ASSERT_TRUE(opened.has_value()) << opened.error().what;
  const auto offsets = jumping_offsets(kPage);
  for (auto& worker : opened->workers) worker->begin_session(1);
  for (auto& worker : opened->workers) EXPECT_EQ(worker->run(offsets).error, 0);
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  for (auto& worker : opened->workers) {
    hits += worker->account().hits;
    misses += worker->account().misses;
  }
  EXPECT_EQ(hits + misses, 2 * offsets.size());
  // The file is in the page cache; a cache of the engine's own was empty, and holds half of the file.
  if (spec().kept == Kept::by_engine) {
    EXPECT_GT(misses, kSize.value / kPage.value);
  } else {
    EXPECT_EQ(misses, 0U);
  }
  for (auto& worker : opened->workers) worker->begin_session(2);
  EXPECT_EQ(opened->workers[0]->account().misses, 0U);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryEngine,
                         ::testing::ValuesIn(engine_table().begin(), engine_table().end()),
                         [](const auto& chosen) { return std::string(chosen.param->row.name); });

}  // namespace
}  // namespace faultlab
