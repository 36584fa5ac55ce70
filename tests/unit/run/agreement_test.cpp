// Checksums of programs, held to each other.
#include "run/agreement.hpp"

#include <gtest/gtest.h>

namespace faultlab::run {
namespace {

using record::Outcome;

config::Experiment experiment(std::vector<std::string> command, config::ReportedChecksum asked) {
  config::Experiment made;
  made.cells.resize(2);
  for (auto& cell : made.cells) {
    cell.trial.workload.command = command;
    cell.trial.workload.application.checksum = asked;
  }
  return made;
}

record::Record ok_with(record::Json work) {
  record::Record record;
  record.outcome = Outcome::ok;
  record.work = std::move(work);
  return record;
}

record::Record reported(const char* checksum) { return ok_with({{{"accesses", 1}, {"checksum", checksum}}}); }

record::Record judged(Agreement& agreement, const plan::PlannedTrial& planned, record::Record record) {
  agreement.judge(planned, record);
  return record;
}

TEST(Agreement, OneThatDiffersIsInvalidInAnyCell) {
  const auto asked = experiment({"a"}, config::ReportedChecksum::same);
  Agreement agreement(asked);
  EXPECT_EQ(judged(agreement, {0, 0, 0, 7}, reported("aa")).outcome, Outcome::ok);
  EXPECT_EQ(judged(agreement, {1, 1, 0, 8}, reported("aa")).outcome, Outcome::ok);
  const auto other = judged(agreement, {2, 1, 1, 9}, reported("bb"));
  EXPECT_EQ(other.outcome, Outcome::invalid);
  EXPECT_NE(other.reason.find("checksum bb, and aa in the trial of sequence 0"), std::string::npos)
      << other.reason;
}

TEST(Agreement, WhereTheCommandTakesTheSeedOnlyTrialsOfTheSameSeedAgree) {
  const auto asked = experiment({"a", "--seed={seed}"}, config::ReportedChecksum::same);
  Agreement agreement(asked);
  EXPECT_EQ(judged(agreement, {0, 0, 0, 7}, reported("aa")).outcome, Outcome::ok);
  EXPECT_EQ(judged(agreement, {1, 0, 1, 8}, reported("bb")).outcome, Outcome::ok);
  EXPECT_EQ(judged(agreement, {2, 1, 0, 7}, reported("bb")).outcome, Outcome::invalid);
}

TEST(Agreement, OtherArgumentsAreOtherWork) {
  auto asked = experiment({"a"}, config::ReportedChecksum::same);
  asked.cells[1].trial.workload.application.arguments = {"more"};
  Agreement agreement(asked);
  EXPECT_EQ(judged(agreement, {0, 0, 0, 7}, reported("aa")).outcome, Outcome::ok);
  EXPECT_EQ(judged(agreement, {1, 1, 0, 7}, reported("bb")).outcome, Outcome::ok);
  EXPECT_EQ(judged(agreement, {2, 1, 1, 7}, reported("aa")).outcome, Outcome::invalid);
}

TEST(Agreement, AMissingChecksumIsInvalid) {
  const auto asked = experiment({"a"}, config::ReportedChecksum::same);
  Agreement agreement(asked);
  EXPECT_EQ(judged(agreement, {0, 0, 0, 7}, ok_with({{"missing", "none"}})).outcome, Outcome::invalid);
  EXPECT_EQ(judged(agreement, {1, 0, 0, 7}, ok_with({{{"accesses", 1}, {"checksum", {{"missing", "none"}}}}}))
                .outcome,
            Outcome::invalid);
}

TEST(Agreement, NobodyIsHeldToAnythingWhereItIsNotAsked) {
  const auto recorded = experiment({"a"}, config::ReportedChecksum::recorded);
  Agreement agreement(recorded);
  EXPECT_EQ(judged(agreement, {0, 0, 0, 7}, reported("aa")).outcome, Outcome::ok);
  EXPECT_EQ(judged(agreement, {1, 0, 1, 7}, reported("bb")).outcome, Outcome::ok);
}

TEST(Agreement, ATrialThatFailedSaysNothing) {
  const auto asked = experiment({"a"}, config::ReportedChecksum::same);
  Agreement agreement(asked);
  record::Record failed = reported("zz");
  failed.outcome = Outcome::failed;
  EXPECT_EQ(judged(agreement, {0, 0, 0, 7}, std::move(failed)).outcome, Outcome::failed);
  EXPECT_EQ(judged(agreement, {1, 0, 1, 7}, reported("aa")).outcome, Outcome::ok);
}

TEST(Agreement, ARunThatGoesOnRemembers) {
  const auto asked = experiment({"a"}, config::ReportedChecksum::same);
  Agreement agreement(asked);
  agreement.recall({0, 0, 0, 7}, record::to_json(reported("aa")));
  EXPECT_EQ(judged(agreement, {1, 1, 0, 7}, reported("bb")).outcome, Outcome::invalid);
}

}  // namespace
}  // namespace faultlab::run
