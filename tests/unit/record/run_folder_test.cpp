// Run folders survive a kill: what was appended is there, a torn line is not.
#include "record/run_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "record/export.hpp"
#include "support/golden.hpp"
#include "support/temporary_folder.hpp"

namespace faultlab::record {
namespace {

Record record_of(std::uint32_t sequence, Outcome outcome) {
  Record record;
  record.run = "r";
  record.experiment = "e";
  record.cell = {{"workload.engine", "pread"}};
  record.sequence = sequence;
  record.outcome = outcome;
  record.started_at = "2026-01-01T00:00:00.000Z";
  record.readings = {{"accesses", "worker", std::int64_t{10}},
                     {"wall_ns", "clock", std::int64_t{1000}},
                     {"psi_some_ns", "psi", Missing{"no, PSI"}},
                     {"minor_faults", "memcg", std::int64_t{3}, 128, "lags"}};
  return record;
}

Json manifest() {
  return {{"schema_version", 1}, {"run", ""}, {"factors", Json::array({{{"name", "workload.engine"}}})}};
}

class RunFolderTest : public ::testing::Test {
 protected:
  Result<RunFolder> create() { return RunFolder::create(temporary_.path(), "e", manifest()); }
  testing::TemporaryFolder temporary_;
};

TEST_F(RunFolderTest, AppendedRecordsAreFoundAgain) {
  std::string path;
  {
    auto folder = create();
    ASSERT_TRUE(folder) << folder.error().what;
    path = folder->path();
    ASSERT_TRUE(folder->append(record_of(0, Outcome::ok)));
    ASSERT_TRUE(folder->append(record_of(1, Outcome::interrupted)));
  }
  auto again = RunFolder::open(path);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->finished(), std::set<std::uint32_t>{0}) << "an interrupted trial runs again";
}

TEST_F(RunFolderTest, ATornLineIsCutOff) {
  std::string path;
  {
    auto folder = create();
    path = folder->path();
    ASSERT_TRUE(folder->append(record_of(0, Outcome::ok)));
  }
  std::ofstream(path + "/trials.jsonl", std::ios::app) << "{\"sequence\":1,\"outc";
  auto again = RunFolder::open(path);
  ASSERT_TRUE(again);
  ASSERT_TRUE(again->append(record_of(1, Outcome::ok)));
  EXPECT_EQ(load_records(path)->size(), 2U);
}

TEST_F(RunFolderTest, AMalformedLineIsAnErrorWithItsNumber) {
  std::string path;
  {
    auto folder = create();
    path = folder->path();
    ASSERT_TRUE(folder->append(record_of(0, Outcome::ok)));
  }
  std::ofstream(path + "/trials.jsonl", std::ios::app) << "nonsense\n";
  const auto again = RunFolder::open(path);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().what.find("trials.jsonl:2"), std::string::npos) << again.error().what;
}

TEST_F(RunFolderTest, OnlyOneProcessMayWrite) {
  auto folder = create();
  ASSERT_TRUE(folder);
  const auto second = RunFolder::open(folder->path());
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().what.find("another process"), std::string::npos);
}

TEST_F(RunFolderTest, AFolderThatIsNoRunIsRefusedWithARemedy) {
  const auto folder = RunFolder::open(temporary_.path());
  ASSERT_FALSE(folder);
  EXPECT_FALSE(folder.error().remedy.empty());
}

TEST(RecordJson, ReadingsSurviveTheRoundTrip) {
  const Record record = record_of(0, Outcome::ok);
  const Readings back = readings_from_json(to_json(record));
  ASSERT_EQ(back.size(), record.readings.size());
  for (const Reading& reading : record.readings) {
    const Reading* found = find(back, reading.metric, reading.source);
    ASSERT_NE(found, nullptr) << reading.metric;
    EXPECT_EQ(found->value, reading.value) << reading.metric;
    EXPECT_EQ(found->within, reading.within) << reading.metric;
    EXPECT_EQ(found->note, reading.note) << reading.metric;
  }
}

TEST_F(RunFolderTest, TheCsvSaysNaAndWhy) {
  std::string path;
  {
    auto folder = create();
    path = folder->path();
    ASSERT_TRUE(folder->append(record_of(0, Outcome::ok)));
  }
  ASSERT_TRUE(export_csv(path));
  const std::string csv = testing::read_whole(path + "/trials.csv");
  EXPECT_NE(csv.find("workload.engine,wall_ns,accesses,minor_faults,psi_some_ns"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\"psi_some_ns@psi: no, PSI\""), std::string::npos) << csv;
  EXPECT_NE(csv.find(",pread,1000,10,3,NA,"), std::string::npos) << csv;
}

TEST_F(RunFolderTest, FailedTrialsAreLeftOutOfTheBenchmarkExport) {
  std::string path;
  {
    auto folder = create();
    path = folder->path();
    ASSERT_TRUE(folder->append(record_of(0, Outcome::ok)));
    ASSERT_TRUE(folder->append(record_of(1, Outcome::timeout)));
  }
  ASSERT_TRUE(export_benchmark(path));
  const Json exported = Json::parse(testing::read_whole(path + "/benchmark.json"));
  ASSERT_EQ(exported.at("benchmarks").size(), 1U);
  EXPECT_EQ(exported["benchmarks"][0]["name"], "e/engine:pread");
  EXPECT_DOUBLE_EQ(exported["benchmarks"][0]["real_time"].get<double>(), 100.0) << "ns per access";
}

}  // namespace
}  // namespace faultlab::record
