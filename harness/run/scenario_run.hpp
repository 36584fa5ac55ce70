// A scenario as a trial's work: its event between two readings of the clock, and no counter open but the
// task's own account, which says whether it was the event.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "catalogue/scenario_spec.hpp"
#include "measure/reading.hpp"

namespace faultlab::run {

class ScenarioRun {
 public:
  // Everything up to the event.
  static Result<ScenarioRun> prepare(const ScenarioSpec& spec, const Ground& ground);

  // The event; how long it took, in nanoseconds. Once.
  Result<std::uint64_t> act();

  // Why it was not the event that was forecast; nothing where it was. After act.
  std::optional<std::string> verify();
  std::uint64_t events() const { return scenario_->events(); }
  std::uint64_t event_pages() const { return scenario_->event_pages(); }
  // The task's account of the event alone.
  std::int64_t minor_faults() const { return counted_.minor; }
  std::int64_t major_faults() const { return counted_.major; }
  // Likewise: what its threads ran, in the kernel and outside. Neither waiting nor being preempted is in it.
  std::int64_t cpu_ns() const { return counted_.cpu_ns; }

 private:
  struct Account {
    std::int64_t minor = 0;
    std::int64_t major = 0;
    std::int64_t cpu_ns = 0;
  };

  ScenarioRun(std::unique_ptr<Scenario> scenario, Forecast forecast)
      : scenario_(std::move(scenario)), forecast_(std::move(forecast)) {}
  static Account account();

  std::unique_ptr<Scenario> scenario_;
  Forecast forecast_;
  Account counted_;
};

}  // namespace faultlab::run
