// Scenarios, timed.
#include "run/scenario_run.hpp"

#include <fmt/format.h>

#include "measure/clock.hpp"
#include "os/own_pages.hpp"

namespace faultlab::run {
namespace {

std::optional<std::string> off(std::string_view what, const Range& forecast, std::int64_t counted) {
  if (forecast.contains(counted)) return std::nullopt;
  return fmt::format("{} {} faults were counted, {} to {} forecast", counted, what, forecast.least,
                     forecast.most);
}

std::int64_t ns_of(const timeval& time) { return time.tv_sec * 1'000'000'000LL + time.tv_usec * 1'000LL; }

}  // namespace

ScenarioRun::Account ScenarioRun::account() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return {usage.ru_minflt, usage.ru_majflt, ns_of(usage.ru_utime) + ns_of(usage.ru_stime)};
}

Result<ScenarioRun> ScenarioRun::prepare(const ScenarioSpec& spec, const Ground& ground) {
  const auto own_pages = os::OwnPages::now();
  if (!own_pages) return Failure(own_pages.error());
  auto scenario = spec.make();
  if (auto prepared = scenario->prepare(ground); !prepared) return propagate(std::move(prepared));
  auto forecast = scenario->forecast();
  if (!forecast) return propagate(std::move(forecast));
  if (auto there = own_pages->bring_in(); !there) return propagate(std::move(there));
  return ScenarioRun(std::move(scenario), std::move(*forecast));
}

Result<std::uint64_t> ScenarioRun::act() {
  // A rehearsal: what is looked up at the first call is not in the window.
  account();
  now_ns();
  const Account before = account();
  const std::uint64_t begin = now_ns();
  auto acted = scenario_->act();
  const std::uint64_t end = now_ns();
  const Account after = account();
  if (!acted) return propagate(std::move(acted));
  counted_ = {after.minor - before.minor, after.major - before.major, after.cpu_ns - before.cpu_ns};
  return end - begin;
}

std::optional<std::string> ScenarioRun::verify() {
  if (auto wrong = scenario_->verify(); !wrong.empty()) return wrong;
  if (auto minor = off("minor", forecast_.minor, counted_.minor)) return minor;
  return off("major", forecast_.major, counted_.major);
}

}  // namespace faultlab::run
