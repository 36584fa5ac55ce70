// Wrong values of every kind: where they are shown and what is said.
#include "config/reader.hpp"

#include <gtest/gtest.h>

#include "fake_catalogue.hpp"

namespace faultlab::config {
namespace {

struct Wrong {
  std::string_view from;  // in the rich config
  std::string_view to;
  std::string_view path;
  std::string_view what;
};

const Wrong kWrong[] = {
    // Types.
    {"\"dataset\": {", "\"dataset\": [], \"x\": {", "dataset",
     "expected the dataset as an object, got a list"},
    {"\"threads\": 1,", "\"threads\": \"1\",", "workload.threads",
     "expected an integer from 1 to 256, got the text \"1\""},
    {"\"threads\": 1,", "\"threads\": 1.5,", "workload.threads",
     "expected an integer from 1 to 256, got the number 1.5"},
    {"\"threads\": 1,", "\"threads\": -1,", "workload.threads",
     "expected an integer from 1 to 256, got the number -1"},
    {"\"consume\": \"sum\"", "\"consume\": true", "workload.consume",
     "expected a word for consume, got true"},
    {"\"theta\": 0.9}", "\"theta\": \"0.9\"}", "workload.order.theta",
     "expected a number from 0 to 0.999, got the text \"0.9\""},
    {"\"theta\": 0.9}", "\"theta\": 1}", "workload.order.theta",
     "expected a number from 0 to 0.999, got the number 1"},
    {"\"trials\": 10", "\"trials\": 0", "trials", "expected an integer from 1 to 100000, got the number 0"},
    {"\"seed\": 1,", "\"seed\": 18446744073709551615,", "seed",
     "expected an integer from 0 to 9007199254740991, got the number 18446744073709551615"},
    {"\"question\": \"Once", "\"question\": \"\", \"x\": \"Once", "question",
     "expected a question: a text that is not empty, got the text \"\""},
    // Units.
    {"\"1 GiB\"", "1073741824", "dataset.size", "expected a size with its unit, got the number 1073741824"},
    {"\"block\": \"4 KiB\"", "\"block\": \"4K\"", "workload.block", "\"4K\" is not a size"},
    {"\"wall\": \"30 s\"", "\"wall\": 30", "budget.wall",
     "expected a duration with its unit, got the number 30"},
    {"{\"limit\": \"50% of dataset\"}", "{\"limit\": \"50%\"}", "pressure.memcg_limit.limit",
     "\"50%\" is not a size"},
    {"{\"limit\": \"50% of dataset\"}", "{\"limit\": 7}", "pressure.memcg_limit.limit",
     "expected a size with its unit, got the number 7"},
    // Names.
    {"\"start\": \"cold\"", "\"start\": \"clod\"", "start", "unknown start \"clod\"; did you mean \"cold\"?"},
    {"\"kind\": \"zipf\"", "\"kind\": \"zip\"", "workload.order.kind",
     "unknown order \"zip\"; did you mean \"zipf\"?"},
    {"\"theta\": 0.9}", "\"thetta\": 0.9}", "workload.order.thetta",
     "unknown key \"thetta\"; did you mean \"theta\"? (in the order)"},
    {"\"swappiness\": 10", "\"swapiness\": 10", "knobs.swapiness",
     "unknown key \"swapiness\"; did you mean \"swappiness\"? (in the knobs)"},
    {"\"swappiness\": 10", "\"swappiness\": 201", "knobs.swappiness",
     "expected an integer from 0 to 200, got the number 201"},
    {"\"thp\": \"never\"", "\"thp\": \"nevver\"", "knobs.thp",
     "unknown thp \"nevver\"; did you mean \"never\"?"},
    {"{\"kind\": \"none\"}", "{\"kind\": \"zran\"}", "swap.kind",
     "unknown swap \"zran\"; did you mean \"zram\"?"},
    {"{\"kind\": \"none\"}", "{\"kind\": \"zram\"}", "swap", "the required key \"size\" is missing"},
    {"{\"kind\": \"none\"}", "{\"kind\": \"none\", \"size\": \"1 MiB\"}", "swap.size",
     "unknown key \"size\" (in the swap)"},
    {"\"medium\": \"host\"", "\"medium\": \"hots\"", "dataset.medium",
     "unknown medium \"hots\"; did you mean \"host\"?"},
    {"\"probes\": [\"rusage\", \"memcg\"]", "\"probes\": [\"rusage\", \"mencg\"]", "probes[1]",
     "unknown probe \"mencg\"; did you mean \"memcg\"?"},
    {"\"probes\": [\"rusage\", \"memcg\"]", "\"probes\": [\"rusage\", \"rusage\"]", "probes[1]",
     "the probe \"rusage\" is named twice"},
    {"\"memcg_limit\": {\"limit\": \"50% of dataset\"}", "\"memcg_limits\": {}", "pressure.memcg_limits",
     "unknown key \"memcg_limits\"; did you mean \"memcg_limit\"? (in the pressure)"},
    {"\"memcg_limit\": {\"limit\": \"50% of dataset\"}", "\"memcg_limit\": {}", "pressure.memcg_limit",
     "the required key \"limit\" is missing"},
    // Work.
    {"\"work\": {\"seconds\": 2}", "\"work\": {\"seconds\": 2, \"passes\": 1}", "workload.work",
     "work needs exactly one measure"},
    {"\"work\": {\"seconds\": 2}", "\"work\": {\"seconds\": 0}", "workload.work.seconds",
     "no time is no work"},
    {"\"work\": {\"seconds\": 2}", "\"work\": {\"second\": 2}", "workload.work.second",
     "unknown key \"second\"; did you mean \"seconds\"? (in the work)"},
};

TEST(Reader, WrongValuesAreShownWhereTheyStand) {
  for (const Wrong& wrong : kWrong) {
    const std::string text = replaced(rich_config(), wrong.from, wrong.to);
    const ReadResult result = read(text);
    bool found = false;
    for (const Problem& problem : result.problems) {
      if (problem.path != wrong.path || problem.what != wrong.what) continue;
      found = true;
      EXPECT_EQ(problem.line, line_of(text, wrong.to)) << problem.what;
      EXPECT_FALSE(problem.remedy.empty()) << problem.what;
    }
    EXPECT_TRUE(found) << wrong.path << ": " << wrong.what << "\ngot:\n" << listing(result);
  }
}

TEST(Reader, RemediesOfUnitsShowWhatToWrite) {
  const ReadResult result = read(replaced(rich_config(), "\"block\": \"4 KiB\"", "\"block\": \"4KB\""));
  ASSERT_EQ(result.problems.size(), 1U) << listing(result);
  EXPECT_EQ(result.problems[0].remedy, "write \"4 KiB\" (4096 bytes) or \"4 kB\" (4000 bytes)");
  EXPECT_EQ(result.problems[0].line, line_of(rich_config(), "\"block\""));
}

TEST(Reader, ARootThatIsNoObject) {
  EXPECT_EQ(listing(read("[]")), "1:1 : expected the experiment as an object, got a list\n");
  EXPECT_EQ(listing(read("null")), "1:1 : expected the experiment as an object, got null\n");
}

TEST(Reader, MissingKeysAreShownAtTheirObject) {
  EXPECT_EQ(listing(read("{}")),
            "1:1 : the required key \"dataset\" is missing\n"
            "1:1 : the required key \"name\" is missing\n"
            "1:1 : the required key \"question\" is missing\n"
            "1:1 : the required key \"schema_version\" is missing\n"
            "1:1 : the required key \"workload\" is missing\n");
}

}  // namespace
}  // namespace faultlab::config
