// What engines that store must keep: content, counts, and fault classes that follow from what each access
// did.
#include <algorithm>

#include "contract/engines.hpp"
#include "measure/latency_recorder.hpp"

namespace faultlab {
namespace {

using namespace contract;

class StoringEngine : public EngineTest {};

// Runs all offsets through both workers at this share of stores; the accesses that stored.
std::uint64_t stores_at(const EngineSpec& spec, AccessSetup setup, unsigned percent) {
  setup.writes = percent;
  auto opened = open(spec, setup);
  EXPECT_TRUE(opened.has_value()) << opened.error().what;
  if (!opened) return 0;
  const auto offsets = jumping_offsets(setup.block);
  const bool every_word = setup.consume == Consume::sum;
  std::uint64_t sum = 0;
  for (const std::uint64_t offset : offsets) {
    sum += expected_checksum(setup.content, offset, setup.block, every_word);
  }
  std::uint64_t stores = 0;
  for (auto& worker : opened->workers) {
    worker->begin_session(kSeed);
    const BatchResult result = worker->run(offsets);
    EXPECT_EQ(result.done, offsets.size());
    EXPECT_EQ(result.checksum, sum) << percent << " % " << to_string(setup.consume);
    stores += result.stores;
  }
  return stores;
}

TEST_P(StoringEngine, StoresAsManyAccessesAsItIsToldTo) {
  if (!spec().stores) GTEST_SKIP() << "stores nothing";
  for (const auto& [consume, consume_name] : kConsumeNames) {
    for (const auto& [start, start_name] : kStartNames) {
      for (const Bytes block : {kPage, kPage * 3}) {
        AccessSetup mixed = setup(block, consume, Advice::normal, start);
        // Untouched memory without a file holds zeros: only there does a load find the content.
        if (!spec().uses_dataset && start == Start::cold) mixed.content = {kSeed, Content::zero};
        const std::uint64_t all = 2 * jumping_offsets(block).size();
        EXPECT_EQ(stores_at(spec(), mixed, 0), 0U);
        EXPECT_EQ(stores_at(spec(), mixed, 100), all);
        const std::uint64_t some = stores_at(spec(), mixed, 25);
        EXPECT_GT(some, all / 8) << consume_name << " " << start_name;
        EXPECT_LT(some, all / 2);
        EXPECT_EQ(stores_at(spec(), mixed, 25), some) << "the same seed draws the same stores";
      }
    }
  }
}

TEST_P(StoringEngine, ByDefaultFilesAreStoredIntoAndFilledMemoryIsNot) {
  if (!accesses()) GTEST_SKIP() << "makes no accesses";
  for (const auto& [start, start_name] : kStartNames) {
    auto opened = open(spec(), setup(kPage, Consume::touch, Advice::normal, start));
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    const auto offsets = jumping_offsets(kPage);
    const BatchResult result = opened->workers[1]->run(offsets);
    const bool stores = spec().stores && (spec().uses_dataset || start == Start::cold);
    EXPECT_EQ(result.stores, stores ? offsets.size() : 0) << start_name;
  }
}

// Whatever becomes of the pages: with content that the file has, a private copy and the file agree.
TEST_P(StoringEngine, ClassesFollowFromWhatEachAccessDid) {
  if (!spec().stores) GTEST_SKIP() << "stores nothing";
  const TickClock clock = TickClock::calibrated();
  AccessSetup timed = setup(kPage, Consume::touch);
  timed.latency = Latency::full;
  timed.threads = 1;
  timed.writes = 50;
  if (!spec().uses_dataset) timed.content = {kSeed, Content::zero};
  auto opened = open(spec(), timed);
  ASSERT_TRUE(opened.has_value()) << opened.error().what;
  LatencyRecorder recorder(clock, {.meaning = spec().faults});
  if (recorder.without_classes() != nullptr) GTEST_SKIP() << recorder.without_classes()->what;
  recorder.reset(1);
  opened->workers[0]->record_into(&recorder);
  const auto offsets = jumping_offsets(kPage);
  const BatchResult result = opened->workers[0]->run(offsets);
  const auto& classes = recorder.counts().classes;
  std::uint64_t faults = 0;
  std::uint64_t all = 0;
  for (const Histogram& each : classes) all += each.count();
  for (const FaultClass minor : {FaultClass::zero_fill, FaultClass::cow, FaultClass::write_protect}) {
    faults += classes[index_of(minor)].count();
  }
  EXPECT_EQ(all, offsets.size());
  // No fault of a store without a store.
  EXPECT_LE(faults, spec().faults.minor == FaultClass::zero_fill ? offsets.size() : result.stores);
}

TEST_P(StoringEngine, WritesBackWhereToldAndCountsIt) {
  if (!spec().syncs) GTEST_SKIP() << "does not write back";
  constexpr std::uint64_t kEvery = 7;
  const auto options = spec().row.options;
  const auto sync =
      std::find_if(options.begin(), options.end(), [](const auto& each) { return each.name == "sync"; });
  ASSERT_NE(sync, options.end());
  for (const std::string_view kind : sync->choices) {
    AccessSetup syncing = setup(kPage, Consume::touch);
    syncing.options.set("sync", std::string(kind));
    syncing.options.set("sync_every", kEvery);
    auto opened = open(spec(), syncing);
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    const auto offsets = jumping_offsets(kPage);
    std::uint64_t syncs = 0;
    for (std::size_t i = 0; i < offsets.size(); i += 16) {  // batches that a sync falls into the middle of
      const auto batch = std::span(offsets).subspan(i, std::min<std::size_t>(16, offsets.size() - i));
      const BatchResult result = opened->workers[0]->run(batch);
      EXPECT_EQ(result.done, batch.size());
      EXPECT_EQ(result.stores, batch.size());
      EXPECT_EQ(result.sync_ns > 0, result.syncs > 0);
      syncs += result.syncs;
      EXPECT_EQ(opened->workers[1]->run(batch).syncs, 0U) << "only worker 0 writes back";
    }
    EXPECT_EQ(syncs, kind == "none" ? 0 : offsets.size() / kEvery) << kind;
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, StoringEngine,
                         ::testing::ValuesIn(engine_table().begin(), engine_table().end()),
                         [](const auto& chosen) { return std::string(chosen.param->row.name); });

}  // namespace
}  // namespace faultlab
