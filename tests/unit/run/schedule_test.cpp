// Schedules are carried out in order, in steps and ramps, and say what they did not get to.
#include "run/schedule.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>

#include "measure/clock.hpp"

namespace faultlab::run {
namespace {

using config::Accesses;
using config::Moment;
using config::Seconds;

class Recorder final : public Pressure {
 public:
  Result<Achieved> apply(const PressureRequest&, const Options&) override { return Achieved{}; }
  Result<Bytes> dial(Bytes value) override {
    if (value == refused) return fail("write it", {}, code);
    turned.push_back(value);
    return value;
  }
  std::vector<Bytes> turned;
  Bytes refused{0};
  int code = EINVAL;
};

class ScheduleTest : public ::testing::Test {
 protected:
  void carry_out(std::vector<Moment> moments) {
    schedule_ = std::make_unique<Schedule>(std::move(moments),
                                           std::vector<Standing>{{"limit", &pressure_, Bytes(100)}});
    page_->window_begin.store(now_ns());
    schedule_->begin(*page_);
  }
  // Until the value is in force; a moment of a ramp may pass it by, so it is the last one's.
  void wait_for(std::int64_t value) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!in_force(value) && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // its end is noted a moment later
  }
  bool in_force(std::int64_t value) const {
    Sample sample;
    schedule_->sample(sample);
    return sample.size() == 1 && sample[0].first == "limit_bytes" && sample[0].second == Value(value);
  }

  std::unique_ptr<ProgressPage> page_ = std::make_unique<ProgressPage>();
  Recorder pressure_;
  std::unique_ptr<Schedule> schedule_;
};

TEST_F(ScheduleTest, AStepIsOneChange) {
  carry_out({{.pressure = "limit", .at = Seconds{0.01}, .to = Bytes(50)}});
  wait_for(50);
  schedule_->end();
  EXPECT_EQ(pressure_.turned, std::vector{Bytes(50)});
  EXPECT_EQ(schedule_->shortfall(), "");
  const auto told = schedule_->report(false);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0]["achieved_bytes"], 50);
  EXPECT_GE(told[0]["began_ns"].get<std::int64_t>(), 10'000'000);
  ASSERT_TRUE(schedule_->span_ns());
}

TEST_F(ScheduleTest, ARampIsAStairThatEndsWhereItShould) {
  carry_out({{.pressure = "limit", .at = Seconds{0}, .to = Bytes(20), .over_seconds = 0.1}});
  wait_for(20);
  schedule_->end();
  EXPECT_GE(pressure_.turned.size(), 3U);
  EXPECT_TRUE(std::is_sorted(pressure_.turned.rbegin(), pressure_.turned.rend()));
  EXPECT_EQ(pressure_.turned.back(), Bytes(20));
}

TEST_F(ScheduleTest, AccessesAreWaitedFor) {
  carry_out({{.pressure = "limit", .at = Accesses{1000}, .to = Bytes(50)}});
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(in_force(100));
  page_->workers[0].accesses.store(1000);
  wait_for(50);
  schedule_->end();
  EXPECT_EQ(schedule_->report(false)[0]["began_after_accesses"], 1000);
}

TEST_F(ScheduleTest, WhatNeverCameIsAShortfall) {
  carry_out({{.pressure = "limit", .at = Seconds{3600}, .to = Bytes(50)}});
  schedule_->end();
  EXPECT_NE(schedule_->shortfall().find("never came"), std::string::npos);
  EXPECT_TRUE(schedule_->report(false)[0].contains("missing"));
  EXPECT_FALSE(schedule_->span_ns());
}

TEST_F(ScheduleTest, WhatTheKernelRefusesIsAShortfallWithItsReason) {
  pressure_.refused = Bytes(50);
  carry_out({{.pressure = "limit", .at = Seconds{0}, .to = Bytes(50)},
             {.pressure = "limit", .at = Seconds{0.01}, .to = Bytes(60)}});
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  schedule_->end();
  EXPECT_NE(schedule_->shortfall().find("write it"), std::string::npos);
  EXPECT_TRUE(pressure_.turned.empty()) << "nothing comes after a change that failed";
}

TEST_F(ScheduleTest, WithoutMomentsThereIsNothingToSay) {
  carry_out({});
  schedule_->end();
  EXPECT_EQ(schedule_->shortfall(), "");
  EXPECT_TRUE(schedule_->report(true).empty());
  Sample sample;
  schedule_->sample(sample);
  EXPECT_TRUE(sample.empty());
}

}  // namespace
}  // namespace faultlab::run
