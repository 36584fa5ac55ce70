// Budgets against what is spent.
#include "run/budget.hpp"

#include <fmt/format.h>

#include "host/memory.hpp"

namespace faultlab::run {

using record::Outcome;

std::optional<Ending> over_budget(const config::Budget& budget, const Spent& spent) {
  if (spent.seconds > budget.wall_seconds) {
    return Ending{Outcome::timeout, fmt::format("budget.wall of {} s is used up after {} accesses",
                                                budget.wall_seconds, spent.accesses)};
  }
  for (const auto& [name, value] : spent.sample) {
    if (name != "device_read_bytes" || !value.present()) continue;
    if (static_cast<std::uint64_t>(value.integer()) <= budget.device_read.value) continue;
    return Ending{Outcome::over_budget,
                  fmt::format("budget.device_read of {} bytes is used up after {} accesses: {} read",
                              budget.device_read.value, spent.accesses, value.integer())};
  }
  return std::nullopt;
}

std::optional<Ending> host_in_need(const Spent& spent, const std::string& root) {
  const auto memory = host::host_memory(root);
  if (!memory || memory->available >= memory->floor()) return std::nullopt;
  return Ending{
      Outcome::over_budget,
      fmt::format("the host has {} bytes of memory available, and {} must stay; stopped after {} accesses",
                  memory->available.value, memory->floor().value, spent.accesses)};
}

}  // namespace faultlab::run
