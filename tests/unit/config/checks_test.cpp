// Expectations and figures.
#include "config/checks.hpp"

#include <gtest/gtest.h>

#include "fake_catalogue.hpp"

namespace faultlab::config {
namespace {

std::string with_checks(std::string_view members) {
  return listing(
      read(replaced(plain_config(), "\"dataset\"",
                    R"("factors": {"workload.engine": ["pread", "anon"], "workload.threads": [1, 2]},
  "exclude": [{"workload.engine": "anon", "workload.threads": 2}],
  )" + std::string(members) +
                        ",\n  \"dataset\"")));
}

TEST(Expect, WrongStatements) {
  EXPECT_EQ(with_checks(R"("expect": [{"that": "ratio of ops_per_secnd", "of": {}}])"),
            "7:23 expect[0].that: unknown statement \"ratio of ops_per_secnd\"; did you mean \"ratio of "
            "ops_per_second\"?\n");
  EXPECT_EQ(with_checks(R"("expect": [{"that": 3, "of": {}}, 7])"),
            "7:23 expect[0].that: expected a statement, got the number 3\n"
            "7:37 expect[1]: expected the expectation as an object, got the number 7\n");
  EXPECT_EQ(with_checks(R"("expect": {})"), "7:13 expect: expected a list of at most 200 expectations\n");
}

TEST(Expect, KeysBelongToTheirStatement) {
  EXPECT_EQ(with_checks(R"("expect": [{"that": "ratio of bytes"}])"),
            "7:14 expect[0]: the expectation has no bound\n"
            "7:14 expect[0]: the required key \"of\" is missing\n"
            "7:14 expect[0]: the required key \"over\" is missing\n");
  EXPECT_EQ(with_checks(R"("expect": [{"that": "median of bytes", "of": {}, "over": {}, "at_least": "1"}])"),
            "7:52 expect[0].over: unknown key \"over\" (in the expectation)\n"
            "7:76 expect[0].at_least: expected a number from -1.7976931348623157e+308 to "
            "1.7976931348623157e+308, got "
            "the text \"1\"\n");
  EXPECT_EQ(with_checks(R"("expect": [{"that": "outcome", "of": {}, "is": "okay", "at_least": 1}])"),
            "7:50 expect[0].is: unknown outcome \"okay\"\n"
            "7:58 expect[0].at_least: unknown key \"at_least\" (in the expectation)\n");
}

TEST(Expect, SelectionsMustSelect) {
  const std::string begin =
      R"("expect": [{"that": "ratio of bytes", "at_least": 1, "of": {"workload.engine": "anon"}, )";
  EXPECT_EQ(with_checks(begin + R"("over": {"workload.engine": "anon"}}])"),
            "7:99 expect[0].over: over selects the same cells as of [expect-cells]\n");
  EXPECT_EQ(
      with_checks(begin + R"("over": {"workload.engine": "pread"}, "where": {"workload.engine": "anon"}}])"),
      "7:138 expect[0].where: where names workload.engine, which of names already [expect-cells]\n");
  EXPECT_EQ(
      with_checks(begin + R"("over": {"workload.engine": "pread"}, "where": {"workload.threads": 2}}])"),
      "7:62 expect[0].of: of selects no cell that is run [expect-cells]\n");
  EXPECT_EQ(
      with_checks(begin + R"("over": {"workload.engine": "pread"}, "where": {"workload.threads": 3}}])"),
      "7:159 expect[0].where.workload.threads: unknown level of \"workload.threads\" \"3\" [names-exist]\n");
}

TEST(Figures, WrongOnes) {
  EXPECT_EQ(with_checks(R"("figures": [{"kind": "bar"}])"),
            "7:24 figures[0].kind: unknown figure \"bar\"; did you mean \"bars\"?\n");
  EXPECT_EQ(with_checks(R"("figures": [{"kind": "bars", "metric": "opps", "x": 1}])"),
            "7:15 figures[0]: the required key \"series\" is missing\n"
            "7:42 figures[0].metric: unknown metric \"opps\"\n"
            "7:55 figures[0].x: expected a factor: a text that is not empty, got the number 1\n");
  EXPECT_EQ(
      with_checks(
          R"("figures": [{"kind": "ratio", "metric": "bytes", "x": "workload.threads", "series": "workload.engine", "over": "read"}])"),
      "7:114 figures[0].over: unknown level of \"workload.engine\" \"read\"; did you mean \"pread\"? "
      "[names-exist]\n");
  EXPECT_EQ(
      with_checks(R"("figures": [{"kind": "throughput_over_time", "series": "engine", "metric": "bytes"}])"),
      "7:58 figures[0].series: unknown factor \"engine\" [names-exist]\n"
      "7:68 figures[0].metric: unknown key \"metric\" (in the figure)\n");
}

TEST(Figures, AKindHasItsOwnKeys) {
  EXPECT_EQ(with_checks(R"("figures": [{"kind": "working_set", "series": "workload.engine"}])"),
            "7:15 figures[0]: the required key \"x\" is missing\n");
  EXPECT_EQ(with_checks(R"("figures": [{"kind": "pressure_stack", "series": "workload.engine"}])"),
            "7:42 figures[0].series: unknown key \"series\" (in the figure)\n");
  EXPECT_EQ(with_checks(R"("figures": [{"kind": "latency_ccdf", "x": "workload.threads"}])"),
            "7:40 figures[0].x: unknown key \"x\" (in the figure)\n");
}

TEST(Figures, RightOnes) {
  EXPECT_EQ(
      with_checks(
          R"("figures": [{"kind": "throughput_over_time", "series": "workload.engine", "panel": "workload.threads"},
    {"kind": "counters_over_time"}, {"kind": "pressure_stack"}, {"kind": "fault_heat", "title": "Where"},
    {"kind": "latency_ccdf", "series": "workload.engine"}, {"kind": "working_set", "x": "workload.threads"}])"),
      "");
}

}  // namespace
}  // namespace faultlab::config
