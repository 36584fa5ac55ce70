// Moments, one after the other.
#include "run/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "measure/clock.hpp"

namespace faultlab::run {
namespace {

// How late a change may be: between two looks at the clock and at the accesses.
constexpr auto kLook = std::chrono::milliseconds(1);
// A ramp is a stair of so fine steps.
constexpr std::uint64_t kStepNs = 20'000'000;
// cgroup v1 refuses a limit below the usage once reclaim has not got there (EBUSY); the trial goes on
// faulting meanwhile, so that it is worth trying again.
constexpr int kAttempts = 50;
constexpr auto kAttemptPause = std::chrono::milliseconds(10);

std::string text_of(Bytes value) { return value == kNoLimit ? "none" : fmt::format("{} bytes", value.value); }

std::string text_of(const config::Moment& moment) {
  const auto* seconds = std::get_if<config::Seconds>(&moment.at);
  const std::string at = seconds != nullptr
                             ? fmt::format("at {} s", seconds->count)
                             : fmt::format("at access {}", std::get<config::Accesses>(moment.at).count);
  return fmt::format("{} to {} {}", moment.pressure, text_of(moment.to), at);
}

Value pressed_value(Bytes bytes) {
  return bytes == kNoLimit ? Value(Missing{"no limit was asked for"}) : Value::count(bytes.value);
}

Bytes between(Bytes from, Bytes to, double share) {
  const auto a = static_cast<double>(from.value);
  const auto b = static_cast<double>(to.value);
  return share >= 1 ? to : Bytes(static_cast<std::uint64_t>(a + (b - a) * share));
}

}  // namespace

Schedule::Schedule(std::vector<config::Moment> moments, std::vector<Standing> standing)
    : moments_(std::move(moments)) {
  for (Standing& each : standing) {
    const bool turned = std::any_of(moments_.begin(), moments_.end(), [&](const config::Moment& moment) {
      return moment.pressure == each.kind;
    });
    if (turned) columns_.push_back({each.kind + "_bytes", std::move(each)});
  }
}

void Schedule::begin(const ProgressPage& progress) {
  if (moments_.empty()) return;
  progress_ = &progress;
  thread_ = std::jthread([this](const std::stop_token& stop) { carry_out(stop); });
}

void Schedule::end() { thread_ = {}; }

std::uint64_t Schedule::now_in_window() const {
  const std::uint64_t begin = progress_->window_begin.load();
  return begin == 0 ? 0 : now_ns() - begin;
}

void Schedule::carry_out(const std::stop_token& stop) {
  for (const config::Moment& moment : moments_) {
    if (!wait_for(moment, stop)) return;
    Done done{.began_ns = now_in_window(), .accesses = progress_->total_accesses()};
    const bool through = change(moment, done, stop);
    done.ended_ns = now_in_window();
    if (!through && done.error.empty()) return;
    const std::lock_guard lock(mutex_);
    done_.push_back(std::move(done));
    if (!through) return;
  }
}

bool Schedule::wait_for(const config::Moment& moment, const std::stop_token& stop) const {
  const auto come = [&] {
    if (progress_->window_begin.load() == 0) return false;
    if (const auto* seconds = std::get_if<config::Seconds>(&moment.at)) {
      return static_cast<double>(now_in_window()) >= seconds->count * 1e9;
    }
    return progress_->total_accesses() >= std::get<config::Accesses>(moment.at).count;
  };
  while (!come()) {
    if (stop.stop_requested()) return false;
    std::this_thread::sleep_for(kLook);
  }
  return !stop.stop_requested();
}

bool Schedule::change(const config::Moment& moment, Done& done, const std::stop_token& stop) {
  Column& column = *std::find_if(columns_.begin(), columns_.end(),
                                 [&](const Column& each) { return each.standing.kind == moment.pressure; });
  const Bytes from = column.standing.value;
  const auto over = static_cast<std::uint64_t>(moment.over_seconds * 1e9);
  for (std::uint64_t step = 1;; ++step) {
    const std::uint64_t at = std::min(step * kStepNs, over);
    while (now_in_window() < done.began_ns + at) {
      if (stop.stop_requested()) return false;
      std::this_thread::sleep_for(kLook);
    }
    const double share = over == 0 ? 1 : static_cast<double>(at) / static_cast<double>(over);
    auto value = turn(column, between(from, moment.to, share), stop);
    if (!value) {
      done.error = value.error().what;
      return false;
    }
    done.value = *value;
    if (share >= 1) return true;
  }
}

Result<Bytes> Schedule::turn(Column& column, Bytes to, const std::stop_token& stop) {
  for (int attempt = 1;; ++attempt) {
    auto value = column.standing.pressure->dial(to);
    if (value) {
      const std::lock_guard lock(mutex_);
      column.standing.value = *value;
      return value;
    }
    if (value.error().code != EBUSY || attempt == kAttempts || stop.stop_requested()) return value;
    std::this_thread::sleep_for(kAttemptPause);
  }
}

void Schedule::sample(Sample& sample) {
  const std::lock_guard lock(mutex_);
  for (const Column& column : columns_)
    sample.emplace_back(column.name, pressed_value(column.standing.value));
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> Schedule::span_ns() const {
  if (moments_.empty() || !shortfall().empty()) return std::nullopt;
  return std::pair(done_.front().began_ns, done_.back().ended_ns);
}

record::Json Schedule::report(bool emulated) const {
  const auto time = [&](std::uint64_t ns) {
    return emulated ? Value(Missing{"emulated"}) : Value::count(ns);
  };
  record::Json json = record::Json::array();
  for (std::size_t i = 0; i < moments_.size(); ++i) {
    record::Json moment = {{"pressure", moments_[i].pressure},
                           {"requested_bytes", record::to_json(pressed_value(moments_[i].to))}};
    if (i >= done_.size()) {
      moment["missing"] = "the window closed before it came";
    } else if (!done_[i].error.empty()) {
      moment["missing"] = done_[i].error;
    } else {
      const Done& done = done_[i];
      moment["achieved_bytes"] = record::to_json(pressed_value(done.value));
      moment["began_ns"] = record::to_json(time(done.began_ns));
      moment["ended_ns"] = record::to_json(time(done.ended_ns));
      moment["began_after_accesses"] = done.accesses;
    }
    json.push_back(std::move(moment));
  }
  return json;
}

std::string Schedule::shortfall() const {
  if (!done_.empty() && !done_.back().error.empty()) {
    return fmt::format("schedule: {}: {}", text_of(moments_[done_.size() - 1]), done_.back().error);
  }
  if (done_.size() == moments_.size()) return {};
  return fmt::format("schedule: {} never came, or did not get through: the window closed before",
                     text_of(moments_[done_.size()]));
}

}  // namespace faultlab::run
