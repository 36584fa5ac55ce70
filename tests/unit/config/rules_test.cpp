// One rejected config per rule that only the reader checks, and the line and path that it is shown at.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "fake_catalogue.hpp"

namespace faultlab::config {
namespace {

struct Example {
  std::string_view rule;
  std::string_view from;  // in the plain config, or in the rich one if it is not there
  std::string_view to;
  std::string_view path;
  std::string_view what;  // beginning of the message
};

const Example kExamples[] = {
    {"json", "{\n  \"schema_version\": 1,", "{\n  \"schema_version\": 1", "schema_version", "syntax error"},
    {"duplicate-key", "\"name\": \"plain\",", "\"name\": \"plain\", \"name\": \"x\",", "name",
     "the key \"name\" stands twice"},
    {"whole-units", "\"1 GiB\"}", "\"1.5 B\"}", "dataset.size", "\"1.5 B\" is not a whole number of bytes"},
    {"size-range", "\"1 GiB\"}", "\"8 KiB\"}", "dataset.size", "8 KiB is out of range"},
    {"page-multiple", "\"1 GiB\"}", "\"100000 B\"}", "dataset.size",
     "100000 B is not a multiple of the page"},
    {"duration-range", "\"sample_every\": \"100 ms\"", "\"sample_every\": \"1 us\"", "sample_every",
     "\"1 us\" is out of range"},
    {"block-divides", "\"order\"", "\"block\": \"12 KiB\", \"order\"", "workload.block",
     "the dataset of 1 GiB is not a whole number of blocks of 12 KiB"},
    {"threads-fit", "\"order\"", "\"block\": \"512 MiB\", \"threads\": 3, \"order\"", "workload.threads",
     "3 threads share 2 blocks"},
    {"processes-fit", "{\"seconds\": 2}}", "{\"seconds\": 2}, \"processes\": 2}, \"start\": \"steady\"",
     "start", "start with several processes: a steady state is found by one process"},
    {"access-needs", "\"order\": \"uniform\", ", "", "workload", "engine pread needs workload.order"},
    {"command-only", "\"order\"", "\"command\": [\"ls\"], \"order\"", "workload.command",
     "engine pread runs no program"},
    {"command-start",
     "\"workload\": {\"engine\": \"pread\", \"order\": \"uniform\", \"work\": {\"seconds\": 2}}",
     "\"start\": \"warm\", \"workload\": {\"engine\": \"command\", \"command\": [\"ls\"]}", "start",
     "a command starts warm only where it is known what is to be in memory"},
    {"scenario-only", "\"order\"", "\"scenario\": \"anon_write\", \"order\"", "workload.scenario",
     "engine pread brings about no scenario"},
    {"scenario-pages",
     "\"1 GiB\"},\n  \"workload\": {\"engine\": \"pread\", \"order\": \"uniform\", \"work\": {\"seconds\": "
     "2}}",
     "\"1 MiB\"}, \"workload\": {\"engine\": \"scenario\", \"scenario\": \"anon_write\"}", "dataset.size",
     "a scenario is about whole huge pages"},
    {"transfer-only", "\"order\"", "\"sink\": \"tcp\", \"order\"", "workload.sink",
     "engine pread sends nothing anywhere"},
    {"sink-fits", "\"engine\": \"pread\"", "\"engine\": \"sendfile\", \"sink\": \"pipe\"", "workload.sink",
     "engine sendfile cannot send to pipe: the kernel says no"},
    {"advice-belongs", "\"order\"", "\"advice\": \"populate_read\", \"order\"", "workload.advice",
     "advice populate_read means nothing to engine pread"},
    {"writes-belong", "\"order\"", "\"writes\": 50, \"order\"", "workload.writes",
     "engine pread stores nothing"},
    {"writes-find-content", "\"engine\": \"pread\"", "\"engine\": \"anon\", \"writes\": 99",
     "workload.writes", "untouched memory of engine anon holds zeros"},
    {"passes-cover", "{\"seconds\": 2}", "{\"passes\": 1}", "workload.work",
     "order uniform does not visit every block once"},
    {"warm-fits", "\"start\": \"cold\"", "\"start\": \"warm\"", "start",
     "a warm start holds the whole dataset, 1 GiB, but memcg_limit leaves 512 MiB; in cell"},
    {"medium-holds", "\"medium\": \"host\"", "\"medium\": {\"kind\": \"disk\", \"size\": \"50% of dataset\"}",
     "dataset.medium", "the medium of 512 MiB does not hold the dataset of 1 GiB"},
    {"warm-is-kept", "\"workload\": {\"engine\": \"pread\"",
     "\"start\": \"warm\", \"workload\": {\"engine\": \"pread_direct\"", "start",
     "engine pread_direct does not read through the page cache, which a warm start fills"},
    {"chase-in-turn", "{\"engine\": \"pread\"", "{\"engine\": \"pread_direct\", \"consume\": \"chase\"",
     "workload.consume", "engine pread_direct has several accesses under way together"},
    {"medium-warm", "\"size\": \"1 GiB\"}",
     "\"size\": \"1 GiB\", \"medium\": {\"kind\": \"ram\", \"size\": \"2 GiB\"}}", "",
     "on ram the pages are the file"},
    {"sparse-is-read", "\"size\": \"1 GiB\"},\n  \"workload\": {\"engine\": \"pread\"",
     "\"size\": \"1 GiB\", \"content\": \"sparse\"},\n  \"workload\": {\"engine\": \"anon\"",
     "dataset.content", "a sparse file is only read; engine anon does not"},
    {"limit-floor", "[\"none\", \"50% of dataset\"]", "[\"none\", \"50% of dataset\", \"1 MiB\"]",
     "factors.pressure.memcg_limit.limit[2]", "memcg_limit leaves the trial 1 MiB"},
    {"limit-reaches", "\"engine\": \"pread\", \"order\": \"uniform\", \"work\": {\"seconds\": 2}}",
     "\"engine\": \"hugetlb\", \"order\": \"uniform\", \"work\": {\"seconds\": 2}}, "
     "\"pressure\": {\"memcg_limit\": {\"limit\": \"1 GiB\"}}",
     "pressure.memcg_limit.limit", "memcg_limit does not reach the memory of engine hugetlb"},
    {"budget-fits", "{\"seconds\": 2}", "{\"seconds\": 60}", "workload.work",
     "60 s of work do not fit into budget.wall, 60 s"},
    {"schedule-fits", "\"at\": {\"seconds\": 0.5}", "\"at\": {\"seconds\": 5}", "schedule",
     "the schedule takes 5 s, but the work ends after 2 s"},
    {"pressure-fits", "\"workload\": {\"engine\": \"pread\"",
     "\"pressure\": {\"memcg_limit\": {\"limit\": \"none\"}}, \"workload\": {\"engine\": \"anon\"",
     "pressure.memcg_limit", "memcg_limit means nothing to engine anon"},
    {"options-together", "\"workload.order\": \"uniform\"",
     "\"workload.order\": \"uniform\", \"workload.order.hot\": \"1 MiB\"",
     "factors.skew[0].set.workload.order.hot", "unknown key \"hot\" (in the order); in cell"},
    {"factor-conflict", "{\"workload.order\": \"uniform\"}",
     "{\"workload.order\": \"uniform\", \"workload.threads\": 2}", "factors.skew[0].set.workload.threads",
     "workload.threads is set by the factor \"workload.threads\" too"},
    {"label-unique", "[1, 4]", "[1, 4, 1]", "factors.workload.threads[2]",
     "two levels of this factor have the label \"1\""},
    {"cell-limit", "", "", "factors", "the factors make more than 100000 cells"},
    {"cells-left", "\"include\": []",
     "\"include\": [{\"workload.threads\": 4, \"pressure.memcg_limit.limit\": \"none\"}]", "exclude",
     "include and exclude leave no cell"},
    {"latency-twin", "\"order\": \"uniform\", ", "\"order\": \"uniform\", \"latency\": \"full\", ",
     "workload.latency", "accesses are timed without an untimed twin"},
    {"names-exist", "\"x\": \"skew\"", "\"x\": \"skwe\"", "figures[1].x",
     "unknown factor \"skwe\"; did you mean \"skew\"?"},
    {"expect-cells", "\"over\": {\"workload.engine\": \"pread\"}", "\"over\": {\"workload.threads\": 4}",
     "expect[0].over", "over names other factors than of"},
    {"expect-cells", "\"over\": {\"workload.engine\": \"pread\"}",
     "\"over\": {\"workload.engine\": \"pread\"}, \"best_of\": \"workload.engine\"", "expect[0].best_of",
     "the level of workload.engine is named already"},
    {"expect-range", "\"at_most\": 1e6", "\"at_least\": 2e6, \"at_most\": 1e6", "expect[1].at_most",
     "at_least 2000000 is above at_most 1000000"},
};

// More levels than cells are allowed: too long to be written out above.
std::string too_many_cells() {
  std::string levels = "\"workload.threads\": [";
  for (int i = 1; i <= 256; ++i) levels += (i == 1 ? "" : ", ") + std::to_string(i);
  levels += "], \"dataset.seed\": [";
  for (int i = 1; i <= 400; ++i) levels += (i == 1 ? "" : ", ") + std::to_string(i);
  return replaced(plain_config(), "{\"seconds\": 2}}", "{\"seconds\": 2}}, \"factors\": {" + levels + "]}");
}

std::string example_text(const Example& example) {
  if (example.from.empty()) return too_many_cells();
  const bool plain = plain_config().find(example.from) != std::string::npos;
  return replaced(plain ? plain_config() : rich_config(), example.from, example.to);
}

TEST(Rules, EachHasAnExample) {
  std::set<std::string_view> shown;
  for (const Example& example : kExamples) shown.insert(example.rule);
  for (const ReaderOnlyRule& rule : reader_only_rules()) EXPECT_TRUE(shown.contains(rule.id)) << rule.id;
  EXPECT_EQ(shown.size(), reader_only_rules().size());
}

TEST(Rules, EachExampleIsRejectedForItsRuleAlone) {
  for (const Example& example : kExamples) {
    const ReadResult result = read(example_text(example));
    ASSERT_FALSE(result.problems.empty()) << example.rule;
    EXPECT_EQ(result.problems.size(), 1U) << listing(result);
    const Problem& problem = result.problems[0];
    EXPECT_EQ(problem.path, example.path) << problem.what;
    EXPECT_TRUE(problem.what.starts_with(example.what)) << problem.what;
    EXPECT_TRUE(problem.what.ends_with(" [" + std::string(example.rule) + "]")) << problem.what;
    EXPECT_FALSE(problem.remedy.empty()) << problem.what;
    EXPECT_GE(problem.line, 1U);
  }
}

TEST(Rules, ACommandTakesNoFieldOfAnAccessEngine) {
  const std::string text =
      replaced(plain_config(), R"("engine": "pread", "order": "uniform", "work": {"seconds": 2})",
               R"("engine": "command", "command": ["ls"], "order": "uniform", "work": {"seconds": 2},
    "block": "8 KiB", "consume": "sum", "advice": "random", "threads": 2)");
  const ReadResult result = read(text);
  EXPECT_EQ(result.problems.size(), 6U) << listing(result);
  for (const Problem& problem : result.problems)
    EXPECT_TRUE(problem.what.ends_with("[command-only]")) << problem.what;
  const std::string defaults =
      replaced(plain_config(), R"("engine": "pread", "order": "uniform", "work": {"seconds": 2})",
               R"("engine": "command", "command": ["ls"], "block": "4 KiB", "threads": 1)");
  EXPECT_EQ(listing(read(defaults)), "");
}

TEST(Rules, ACommandEngineNeedsItsCommand) {
  const std::string text =
      replaced(plain_config(), R"("engine": "pread", "order": "uniform", "work": {"seconds": 2})",
               R"("engine": "command")");
  const ReadResult result = read(text);
  ASSERT_EQ(result.problems.size(), 1U) << listing(result);
  EXPECT_EQ(result.problems[0].path, "workload.engine");
  EXPECT_TRUE(result.problems[0].what.ends_with("[command-only]"));
}

TEST(Rules, AScenarioTakesNoFieldOfAnAccessEngine) {
  const std::string text =
      replaced(plain_config(), R"("engine": "pread", "order": "uniform", "work": {"seconds": 2})",
               R"("engine": "scenario", "scenario": "anon_write", "order": "uniform", "work": {"seconds": 2},
    "block": "8 KiB", "consume": "sum", "advice": "random", "threads": 2)");
  const ReadResult result = read(text);
  EXPECT_EQ(result.problems.size(), 6U) << listing(result);
  for (const Problem& problem : result.problems)
    EXPECT_TRUE(problem.what.ends_with("[scenario-only]")) << problem.what;
}

TEST(Rules, AScenarioEngineNeedsItsScenario) {
  const ReadResult result =
      read(replaced(plain_config(), R"("engine": "pread", "order": "uniform", "work": {"seconds": 2})",
                    R"("engine": "scenario")"));
  ASSERT_EQ(result.problems.size(), 1U) << listing(result);
  EXPECT_EQ(result.problems[0].path, "workload.engine");
  EXPECT_TRUE(result.problems[0].what.ends_with("[scenario-only]"));
}

TEST(Rules, ATransferNeedsASinkAndTakesNothingThatIsTheReceivers) {
  const auto sent = [](std::string_view more) {
    return read(replaced(plain_config(), R"("engine": "pread", "order": "uniform")",
                         R"("engine": "sendfile", "order": "uniform")" + std::string(more)));
  };
  EXPECT_TRUE(sent(R"(, "sink": "tcp")").problems.empty());
  for (const auto& [more, path] : {std::pair{"", "workload.engine"},
                                   {R"(, "sink": "tcp", "consume": "sum")", "workload.consume"},
                                   {R"(, "sink": "tcp", "processes": 2)", "workload.processes"},
                                   {R"(, "sink": "file")", "workload.work"}}) {
    const ReadResult result = sent(more);
    ASSERT_EQ(result.problems.size(), 1U) << listing(result);
    EXPECT_EQ(result.problems[0].path, path);
  }
}

TEST(Rules, WhatGoesWithACommandBelongsToItsEngine) {
  for (const auto& [key, value] : {std::pair{"command", R"(["ls"])"},
                                   {"arguments", R"(["ls"])"},
                                   {"prepare", R"(["ls"])"},
                                   {"files", R"(["/x"])"},
                                   {"packages", R"(["bc"])"},
                                   {"window", "\"whole\""},
                                   {"checksum", "\"same\""}}) {
    const ReadResult result =
        read(replaced(plain_config(), "\"order\"", fmt::format("\"{}\": {}, \"order\"", key, value)));
    ASSERT_EQ(result.problems.size(), 1U) << listing(result);
    EXPECT_EQ(result.problems[0].path, std::string("workload.") + key);
    EXPECT_TRUE(result.problems[0].what.ends_with("[command-only]")) << result.problems[0].what;
  }
}

TEST(Rules, ACommandStartsColdOrWarmWhereItsFilesAreKnown) {
  const auto started = [](std::string_view start, std::string_view files) {
    return read(replaced(
        plain_config(), R"("workload": {"engine": "pread", "order": "uniform", "work": {"seconds": 2}})",
        fmt::format(R"("start": "{}", "workload": {{"engine": "command", "command": ["ls"]{}}})", start,
                    files)));
  };
  constexpr std::string_view kFiles = R"(, "files": ["{data}/x"])";
  EXPECT_EQ(listing(started("cold", "")), "");
  EXPECT_EQ(listing(started("cold", kFiles)), "");
  EXPECT_EQ(listing(started("warm", kFiles)), "");
  EXPECT_EQ(started("warm", "").problems.size(), 1U);
  EXPECT_EQ(started("steady", "").problems.size(), 1U);
  EXPECT_EQ(started("steady", kFiles).problems.size(), 1U);
}

TEST(Rules, WarmFitsWhereTheLimitLeavesTheDataset) {
  const std::string warm = replaced(plain_config(), "\"workload\"", "\"start\": \"warm\", \"workload\"");
  const auto limited = [&](std::string_view limit) {
    return read(
        replaced(warm, "\"start\"",
                 "\"pressure\": {\"memcg_limit\": {\"limit\": \"" + std::string(limit) + "\"}}, \"start\""));
  };
  EXPECT_EQ(listing(read(warm)), "");
  EXPECT_EQ(listing(limited("none")), "");
  EXPECT_EQ(listing(limited("100% of dataset")), "");
  EXPECT_EQ(limited("99% of dataset").problems.size(), 1U);
  EXPECT_EQ(listing(read(replaced(rich_config(), "\"start\": \"cold\"", "\"start\": \"steady\""))), "");
}

TEST(Rules, AShareIsTakenOfTheCellsOwnDataset) {
  const std::string text = replaced(replaced(rich_config(), "[1, 4]", "[1]"), "\"workload.threads\": [1]",
                                    "\"dataset.size\": [\"1 GiB\", \"4 MiB\"]");
  const ReadResult result = read(
      replaced(replaced(text, "{\"workload.threads\": \"4\", \"pressure.memcg_limit.limit\": \"none\"}", ""),
               "{\"workload.threads\": 4}", "{\"skew\": \"flat\"}"));
  ASSERT_EQ(result.problems.size(), 1U) << listing(result);
  EXPECT_EQ(result.problems[0].path, "factors.pressure.memcg_limit.limit[1]");
  EXPECT_EQ(
      result.problems[0].what,
      "memcg_limit leaves the trial 2 MiB: it would be killed at exec; in cell workload.engine = \"pread\", "
      "pressure.memcg_limit.limit = \"50% of dataset\", dataset.size = \"4 MiB\", skew = \"flat\" and 3 more "
      "[limit-floor]");
}

}  // namespace
}  // namespace faultlab::config
