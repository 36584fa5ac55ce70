// Starting states, verified.
#include "run/starting_state.hpp"

#include <fmt/format.h>

#include "dataset/files.hpp"

namespace faultlab::run {
namespace {

constexpr std::int64_t kVerified = 1;
constexpr std::int64_t kNotVerified = 0;

// Charges move in per-CPU batches of 64 pages, and a full cgroup keeps a little back for the kernel's
// own pages (page tables, radix-tree nodes).
constexpr double kFullShare = 0.90;
constexpr double kChargedShare = 0.95;

StartingState no(std::string reason) { return {kNotVerified, std::move(reason)}; }

// Pages that were cached before the trial are charged elsewhere and would escape its limit.
StartingState charged_here(Bytes resident, const MemoryCgroup* cgroup) {
  if (cgroup == nullptr) return {kVerified, {}};
  const auto usage = cgroup->usage();
  if (!usage) return {Missing{usage.error().what}, {}};
  if (static_cast<double>(usage->value) >= kChargedShare * static_cast<double>(resident.value))
    return {kVerified, {}};
  return no(
      fmt::format("{} bytes of the dataset are resident, but only {} bytes are charged to the trial's cgroup",
                  resident.value, usage->value));
}

bool full(const MemoryCgroup* cgroup, Bytes limit) {
  if (cgroup == nullptr || limit == kNoLimit) return false;
  const auto usage = cgroup->usage();
  return usage && static_cast<double>(usage->value) >= kFullShare * static_cast<double>(limit.value);
}

StartingState check_anonymous(const config::Trial& trial, const EngineSpec& engine,
                              const MemoryCgroup* cgroup, Bytes limit) {
  if (trial.start == Start::cold) {
    return {Missing{"anonymous memory has no page cache to ask; the engine touches none before the window"},
            {}};
  }
  if (engine.pool_page != nullptr) {
    return {
        Missing{"no cgroup is charged for huge pages of a pool; what has been filled cannot be taken away"},
        {}};
  }
  // What does not fit has been swapped out.
  if (trial.start == Start::steady && full(cgroup, limit)) return {kVerified, {}};
  return charged_here(trial.dataset.size, cgroup);
}

}  // namespace

StartingState check_start(const config::Trial& trial, const EngineSpec& engine,
                          std::span<const DataFile> files, const MemoryCgroup* cgroup, Bytes limit) {
  if (!trial.workload.scenario.empty())
    return {Missing{"a scenario prepares its own state, and looks at it"}, {}};
  if (engine.shape == Shape::command && files.empty()) {
    return {Missing{"a command prepares its own state: workload.files names nothing to look at"}, {}};
  }
  if (files.empty()) return check_anonymous(trial, engine, cgroup, limit);
  const Value resident = dataset::resident_pages(files);
  if (!resident.present()) return {resident, {}};
  const auto pages = static_cast<std::uint64_t>(resident.integer());
  const std::uint64_t all = dataset::total_pages(files).value;
  if (trial.start == Start::cold || engine.kept != Kept::by_kernel) {
    return pages == 0 ? StartingState{kVerified, {}}
                      : no(fmt::format("{} of {} pages are resident", pages, all));
  }
  if (pages == all) return charged_here(dataset::total_size(files), cgroup);
  if (trial.start == Start::steady && full(cgroup, limit)) return {kVerified, {}};
  return no(fmt::format("only {} of {} pages are resident", pages, all));
}

}  // namespace faultlab::run
