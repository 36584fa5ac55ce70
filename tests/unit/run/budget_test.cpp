// What ends a trial early.
#include "run/budget.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace faultlab::run {
namespace {

using record::Outcome;

const config::Budget kBudget{.wall_seconds = 10, .device_read = Bytes(4096)};

TEST(Budget, WithinItNothingEnds) {
  const Sample sample = {{"device_read_bytes", Value::count(4096)}};
  EXPECT_FALSE(over_budget(kBudget, {10, 5, sample}));
}

TEST(Budget, TimeIsUp) {
  const auto ending = over_budget(kBudget, {10.1, 5, {}});
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->outcome, Outcome::timeout);
  EXPECT_NE(ending->reason.find("after 5 accesses"), std::string::npos);
}

TEST(Budget, TooMuchWasRead) {
  const Sample sample = {{"device_read_bytes", Value::count(8192)}};
  const auto ending = over_budget(kBudget, {1, 5, sample});
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->outcome, Outcome::over_budget);
}

TEST(Budget, WhatIsMissingIsNotOverIt) {
  const Sample sample = {{"device_read_bytes", Missing{"not there"}}};
  EXPECT_FALSE(over_budget(kBudget, {1, 5, sample}));
}

class HostTest : public ::testing::Test {
 protected:
  std::optional<Ending> with(const std::string& available) {
    std::filesystem::create_directories(root_.path() + "/proc");
    std::ofstream(root_.path() + "/proc/meminfo")
        << "MemTotal:       2097152 kB\nMemFree: 1 kB\nMemAvailable:   " << available << " kB\n";
    return host_in_need({1, 5, {}}, root_.path());
  }
  testing::TemporaryFolder root_;
};

TEST_F(HostTest, ATwentiethOfAllMustStay) {
  EXPECT_FALSE(with("104858"));
  const auto ending = with("104857");
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->outcome, Outcome::over_budget);
  EXPECT_NE(ending->reason.find("must stay"), std::string::npos);
}

TEST_F(HostTest, WhereNobodyCanTellTheTrialGoesOn) {
  EXPECT_FALSE(host_in_need({1, 5, {}}, root_.path() + "/nowhere"));
}

}  // namespace
}  // namespace faultlab::run
