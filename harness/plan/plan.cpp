// Plans: pure functions of the experiment.
#include "plan/plan.hpp"

#include <fmt/format.h>

#include <numeric>
#include <set>
#include <tuple>

#include "base/random.hpp"

namespace faultlab::plan {
namespace {

// Process start, dropping or reading the dataset, verification: what a trial costs beside its window.
constexpr double kSetupSeconds = 0.6;

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

Estimate estimate(const Plan& plan, const config::Experiment& experiment) {
  Estimate total;
  for (const PlannedTrial& each : plan) {
    const auto& trial = experiment.cells[each.cell].trial;
    const auto* seconds = std::get_if<config::Seconds>(&trial.workload.work);
    if (seconds == nullptr) ++total.unknown_trials;
    total.seconds += kSetupSeconds + (seconds == nullptr ? 1.0 : seconds->count);
  }
  std::set<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::string>> files;
  for (const auto& cell : experiment.cells) {
    const auto& data = cell.trial.dataset;
    if (!cell.trial.workload.makes_accesses() ||
        !files.emplace(data.size.value, data.write_chunk.value, data.seed, config::key_of(data.medium)).second) {
      continue;
    }
    total.disk = total.disk + data.size;
  }
  return total;
}

}  // namespace faultlab::plan
