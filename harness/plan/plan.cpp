// Plans: pure functions of the experiment.
#include "plan/plan.hpp"

#include <fmt/format.h>

#include <numeric>
#include <set>
#include <tuple>

#include "base/random.hpp"

namespace faultlab::plan {
namespace {

// What the trials of the shipped experiments took, on the machines of results/reference. Beside the window:
// process start, dropping or reading the dataset, verification.
constexpr double kSetupSeconds = 0.3;
// Until memory is full and misses have settled.
constexpr double kAgeingSeconds = 1.2;
// Until a balloon holds all but what it is to leave.
constexpr double kHostPressureSeconds = 12;
// Windows: passes over some tens of MiB; whole trials of kernel events.
constexpr double kFixedWorkSeconds = 0.3;
constexpr double kScenarioSeconds = 0.1;

bool works_by_time(const config::Trial& trial) {
  return trial.workload.makes_accesses() && std::holds_alternative<config::Seconds>(trial.workload.work);
}

std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed);
  // Fisher-Yates with our own generator: std::shuffle differs between standard libraries.
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

}  // namespace

Plan make_plan(std::size_t cells, unsigned trials, std::uint64_t seed) {
  Plan plan;
  plan.reserve(cells * trials);
  for (unsigned block = 0; block < trials; ++block) {
    const std::uint64_t trial_seed = derive_seed(seed, "trial", block);
    for (const std::size_t cell : shuffled(cells, derive_seed(seed, "block order", block))) {
      plan.push_back({static_cast<std::uint32_t>(plan.size()), cell, block, trial_seed});
    }
  }
  return plan;
}

std::string to_text(const config::Cell& cell) {
  std::string text;
  for (const auto& [factor, level] : cell) {
    if (!text.empty()) text += "  ";
    text += fmt::format("{}={}", factor, level);
  }
  return text.empty() ? "(the only cell)" : text;
}

std::string to_text(const Plan& plan, const config::Experiment& experiment) {
  std::string text;
  for (const PlannedTrial& each : plan) {
    text += fmt::format("{:5}  trial {:3}  seed {:016x}  {}\n", each.sequence, each.trial, each.seed,
                        to_text(experiment.cells[each.cell].cell));
  }
  return text;
}

double expected_seconds(const config::Trial& trial, const Catalogue& catalogue) {
  if (!trial.workload.scenario.empty()) return kScenarioSeconds;
  double seconds =
      kSetupSeconds +
      (works_by_time(trial) ? std::get<config::Seconds>(trial.workload.work).count : kFixedWorkSeconds);
  if (trial.start == Start::steady) seconds += kAgeingSeconds;
  for (const Choice& pressure : trial.pressures) {
    const PressureSpec* spec = find(catalogue.pressures, pressure.kind);
    if (spec->presses_host && spec->ceiling(pressure.options) != kNoLimit) seconds += kHostPressureSeconds;
  }
  return seconds;
}

Estimate estimate(const Plan& plan, const config::Experiment& experiment, const Catalogue& catalogue) {
  Estimate total;
  for (const PlannedTrial& each : plan) {
    const auto& trial = experiment.cells[each.cell].trial;
    if (!works_by_time(trial)) ++total.unknown_trials;
    total.seconds += expected_seconds(trial, catalogue);
  }
  std::set<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::string>> files;
  for (const auto& cell : experiment.cells) {
    const auto& data = cell.trial.dataset;
    if (!cell.trial.workload.makes_accesses() || data.content == Content::sparse ||
        !files.emplace(data.size.value, data.write_chunk.value, data.seed, config::key_of(data.medium))
             .second) {
      continue;
    }
    total.disk = total.disk + data.size;
  }
  std::set<std::vector<std::string>> prepared;
  for (const auto& cell : experiment.cells) {
    const auto& prepare = cell.trial.workload.application.prepare;
    const bool counts = !prepare.empty() && prepared.insert(prepare).second;
    if (counts) total.disk = total.disk + cell.trial.dataset.size;
  }
  return total;
}

}  // namespace faultlab::plan
