// The config as a whole: what is accepted becomes the experiment that was written.
#include "config/read.hpp"

#include <gtest/gtest.h>

#include "fake_catalogue.hpp"

namespace faultlab::config {
namespace {

TEST(Read, FillsInEveryDefault) {
  const ReadResult result = read(plain_config());
  ASSERT_EQ(listing(result), "");
  const Experiment& experiment = result.experiment;
  EXPECT_EQ(experiment.name, "plain");
  EXPECT_EQ(experiment.trials, 10U);
  EXPECT_EQ(experiment.seed, 1U);
  EXPECT_EQ(experiment.source_path, "test.json");
  ASSERT_EQ(experiment.cells.size(), 1U);
  EXPECT_TRUE(experiment.cells[0].cell.empty());
  const Trial& trial = experiment.cells[0].trial;
  EXPECT_EQ(trial.dataset.size, Bytes(1ULL << 30));
  EXPECT_EQ(trial.dataset.write_chunk, Bytes(1 << 20));
  EXPECT_EQ(trial.dataset.content, Content::random);
  EXPECT_EQ(trial.dataset.medium.kind, "host");
  EXPECT_EQ(trial.dataset.seed, 1U);
  EXPECT_EQ(trial.workload.engine.kind, "pread");
  EXPECT_EQ(trial.workload.order.kind, "uniform");
  EXPECT_EQ(trial.workload.block, kPage);
  EXPECT_EQ(trial.workload.consume, Consume::touch);
  EXPECT_EQ(trial.workload.threads, 1U);
  EXPECT_EQ(std::get<Seconds>(trial.workload.work).count, 2);
  EXPECT_EQ(trial.workload.binding, Binding::compact);
  EXPECT_EQ(trial.start, Start::cold);
  EXPECT_EQ(trial.swap.kind, "none");
  EXPECT_EQ(trial.budget.wall_seconds, 60);
  EXPECT_EQ(trial.budget.device_read, Bytes(64ULL << 30));
  EXPECT_EQ(trial.sample_every_seconds, 0.1);
  EXPECT_EQ(trial.probes, (std::vector<std::string>{"rusage", "memcg", "vmstat"}));
}

TEST(Read, RichConfigMakesItsCellsInFactorOrder) {
  const ReadResult result = read(rich_config());
  ASSERT_EQ(listing(result), "");
  // 2 engines x (none x 1 thread + 50% x 2 threads) x 2 skews.
  ASSERT_EQ(result.experiment.cells.size(), 12U);
  const Cell first = {{"workload.engine", "pread"},
                      {"pressure.memcg_limit.limit", "none"},
                      {"workload.threads", "1"},
                      {"skew", "flat"}};
  EXPECT_EQ(result.experiment.cells[0].cell, first);
  EXPECT_EQ(result.experiment.cells[0].trial.pressures[0].options.bytes("limit"), kNoLimit);
  EXPECT_EQ(result.experiment.cells[0].trial.workload.order.kind, "uniform");
  const Trial& last = result.experiment.cells[11].trial;
  EXPECT_EQ(last.workload.engine.kind, "mmap_shared");
  EXPECT_EQ(last.pressures[0].options.bytes("limit"), Bytes(512ULL << 20));
  EXPECT_EQ(last.workload.threads, 4U);
  EXPECT_EQ(last.workload.order.kind, "zipf");
  EXPECT_EQ(last.workload.order.options.number("theta"), 0.95);
  EXPECT_EQ(std::get<Accesses>(last.workload.work).count, 1000U);
  EXPECT_EQ(last.knobs.at("swappiness"), "10");
  EXPECT_EQ(last.knobs.at("thp"), "never");
}

TEST(Read, LevelsKeepTheirPathsAndValues) {
  const ReadResult result = read(rich_config());
  ASSERT_EQ(result.experiment.factors.size(), 4U);
  const Factor& skew = result.experiment.factors[3];
  EXPECT_EQ(skew.name, "skew");
  ASSERT_EQ(skew.levels.size(), 2U);
  EXPECT_EQ(skew.levels[1].label, "steep");
  EXPECT_EQ(skew.levels[1].set[0].first, "workload.order.theta");
  EXPECT_EQ(skew.levels[1].set[0].second, Json(0.95));
}

TEST(Read, ExpectationsNameLevelsByLabel) {
  const ReadResult result = read(rich_config());
  ASSERT_EQ(result.experiment.expect.size(), 3U);
  EXPECT_EQ(result.experiment.expect[2]["of"]["workload.threads"], "4");
  EXPECT_EQ(result.experiment.expect[1]["where"], Json::object());
  EXPECT_EQ(result.experiment.figures.size(), 4U);
}

TEST(Read, ResolvedConfigReadsBackAsTheSameExperiment) {
  for (const std::string& text : {plain_config(), rich_config()}) {
    const ReadResult first = read(text);
    ASSERT_EQ(listing(first), "");
    const std::string resolved = first.experiment.resolved.dump(2);
    const ReadResult second = read(resolved);
    ASSERT_EQ(listing(second), "") << resolved;
    EXPECT_EQ(second.experiment.resolved.dump(2), resolved);
    ASSERT_EQ(second.experiment.cells.size(), first.experiment.cells.size());
    for (std::size_t i = 0; i < first.experiment.cells.size(); ++i) {
      EXPECT_EQ(second.experiment.cells[i].cell, first.experiment.cells[i].cell);
      EXPECT_EQ(second.experiment.cells[i].trial, first.experiment.cells[i].trial);
    }
  }
}

TEST(Read, ResolvedConfigDoesNotDependOnHowASizeIsWritten) {
  const std::string other = replaced(plain_config(), "1 GiB", "1024 MiB");
  EXPECT_EQ(read(plain_config()).experiment.resolved, read(other).experiment.resolved);
}

TEST(Read, ReportsEverythingAtOnceInFileOrder) {
  const ReadResult result = read(R"({
  "schema_version": 2,
  "name": "Bad Name",
  "dataset": {"size": 4096, "sizes": 1},
  "workload": {"engine": "mmap_sharde", "order": "uniform", "work": {}, "threads": 0},
  "start": "hot"
})");
  EXPECT_EQ(listing(result),
            "1:1 : the required key \"question\" is missing\n"
            "2:21 schema_version: expected an integer from 1 to 1, got the number 2\n"
            "3:11 name: expected a name, got the text \"Bad Name\"\n"
            "4:23 dataset.size: expected a size with its unit, got the number 4096\n"
            "4:29 dataset.sizes: unknown key \"sizes\"; did you mean \"size\"? (in the dataset)\n"
            "5:26 workload.engine: unknown engine \"mmap_sharde\"; did you mean \"mmap_shared\"?\n"
            "5:69 workload.work: work needs exactly one measure\n"
            "5:84 workload.threads: expected an integer from 1 to 256, got the number 0\n"
            "6:12 start: unknown start \"hot\"\n");
  for (const Problem& problem : result.problems) EXPECT_FALSE(problem.remedy.empty()) << problem.what;
}

TEST(Read, ProblemPrintsAsCompilersDo) {
  const Problem problem{"a.json", 3, 7, "start", "unknown start", "write one of: cold"};
  EXPECT_EQ(to_string(problem), "a.json:3:7: start: unknown start\n  write one of: cold");
  EXPECT_EQ(to_string(Problem{"a.json", 0, 0, "", "too large", ""}), "a.json: too large");
}

TEST(Read, IntegralNumbersCountAsIntegers) {
  const std::string text = replaced(plain_config(), "\"order\"", "\"threads\": 2.0, \"order\"");
  const ReadResult result = read(text);
  ASSERT_EQ(listing(result), "");
  EXPECT_EQ(result.experiment.cells[0].trial.workload.threads, 2U);
}

TEST(Read, CommandRunsAProgram) {
  const std::string text = replaced(plain_config(), R"("pread", "order": "uniform", "work": {"seconds": 2})",
                                    R"("command", "command": ["md5sum", "/dev/zero"])");
  const ReadResult result = read(text);
  ASSERT_EQ(listing(result), "");
  EXPECT_EQ(result.experiment.cells[0].trial.workload.command,
            (std::vector<std::string>{"md5sum", "/dev/zero"}));
}

}  // namespace
}  // namespace faultlab::config
