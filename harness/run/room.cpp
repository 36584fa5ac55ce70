// Demands on memory and disk.
#include "run/room.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "config/limits.hpp"
#include "dataset/dataset.hpp"
#include "host/huge_pool.hpp"
#include "host/memory.hpp"
#include "host/place.hpp"
#include "host/text.hpp"
#include "os/file.hpp"
#include "run/media.hpp"

namespace faultlab::run {
namespace {

// What a pressure leaves at its slackest: a schedule may turn it.
Bytes ceiling_of(const config::Trial& trial, const Choice& choice, const Catalogue& catalogue) {
  Bytes most = find(catalogue.pressures, choice.kind)->ceiling(choice.options);
  for (const config::Moment& moment : trial.schedule) {
    if (moment.pressure == choice.kind) most = std::max(most, moment.to);
  }
  return most;
}

Bytes ceiling_of(const config::Trial& trial, const Catalogue& catalogue) {
  Bytes least = kNoLimit;
  for (const Choice& choice : trial.pressures) least = std::min(least, ceiling_of(trial, choice, catalogue));
  return least;
}

Bytes swap_size(const config::Trial& trial) {
  return trial.swap.kind == config::kDefaultSwap ? Bytes(0) : trial.swap.options.bytes("size");
}

// What a trial's knob makes of a pool, or what it is.
struct PoolDemand {
  std::uint64_t pages = 0;  // that the trial takes
  host::HugePool pool;      // as the trial finds it
  Bytes grown{0};           // memory that the knob takes from the host for it
};

std::optional<PoolDemand> pool_demand(const config::Trial& trial, const EngineSpec& engine) {
  const Bytes page = engine.pool_page(trial.workload.engine.options);
  const auto now = host::huge_pool(page);
  if (!now) return std::nullopt;  // no such pool: unmet_requirements() says so, or its knob
  PoolDemand demand{trial.workload.processes * ((trial.dataset.size.value + page.value - 1) / page.value),
                    *now};
  const auto knob = trial.knobs.find(std::string(host::huge_pool_knob(page)));
  if (knob == trial.knobs.end()) return demand;
  demand.pool.total = host::to_number(knob->second).value_or(0);
  if (demand.pool.total > now->total) demand.grown = Bytes((demand.pool.total - now->total) * page.value);
  return demand;
}

// The first trial whose pool of huge pages is too small for it.
std::optional<Unmet> lacking_huge_pages(const config::Experiment& experiment, const Catalogue& catalogue) {
  for (const config::ResolvedCell& cell : experiment.cells) {
    const auto& chosen = cell.trial.workload.engine;
    const EngineSpec& engine = *find(catalogue.engines, chosen.kind);
    if (engine.pool_page == nullptr) continue;
    const auto demand = pool_demand(cell.trial, engine);
    if (!demand) continue;
    const auto& [total, used] = demand->pool;
    if (used + demand->pages <= total) continue;
    const Bytes page = engine.pool_page(chosen.options);
    return Unmet{"engine " + chosen.kind,
                 {fmt::format("a trial takes {} huge pages of {} KiB; of {} in the pool {} are taken",
                              demand->pages, page.value >> 10, total, used),
                  fmt::format("set the knob {} to {} in the experiment (docs/setup.md#huge-pages)",
                              host::huge_pool_knob(page), used + demand->pages)}};
  }
  return std::nullopt;
}

// Pages of a file can go when memory is wanted; anonymous ones cannot, nor what zram keeps: as much as was
// swapped out, where it is incompressible.
Bytes memory_demand(const config::Trial& trial, const Catalogue& catalogue) {
  const EngineSpec& engine = *find(catalogue.engines, trial.workload.engine.kind);
  if (engine.pool_page != nullptr) {
    const auto pool = pool_demand(trial, engine);
    return pool ? pool->grown : Bytes(0);
  }
  const bool anonymous = !engine.uses_dataset;
  // Each process has memory of its own.
  const Bytes size = anonymous ? Bytes(trial.workload.processes * trial.dataset.size.value) : Bytes(0);
  const bool in_memory = !find(catalogue.swaps, trial.swap.kind)->waits;
  return std::min(size, ceiling_of(trial, catalogue)) +
         (in_memory ? std::min(swap_size(trial), size) : Bytes(0));
}

Bytes disk_demand(const config::Trial& trial, const Catalogue& catalogue) {
  return find(catalogue.swaps, trial.swap.kind)->waits ? swap_size(trial) : Bytes(0);
}

// A pressure that everybody feels leaves the host its floor.
std::optional<host::Lack> lacking_for_host(const config::Trial& trial, const Catalogue& catalogue,
                                           const host::HostMemory& host) {
  for (const Choice& choice : trial.pressures) {
    const PressureSpec* spec = find(catalogue.pressures, choice.kind);
    if (!spec->presses_host) continue;
    Bytes least = spec->ceiling(choice.options);
    for (const config::Moment& moment : trial.schedule) {
      if (moment.pressure == choice.kind) least = std::min(least, moment.to);
    }
    if (least >= host.floor()) continue;
    return host::Lack{fmt::format("pressure.{} leaves the whole host {} bytes, and {} must stay", choice.kind,
                                  least.value, host.floor().value),
                      "leave more"};
  }
  return std::nullopt;
}

}  // namespace

std::vector<Unmet> lacking_room(const config::Experiment& experiment, const Catalogue& catalogue,
                                const std::string& data_folder) {
  Bytes memory{0};
  Bytes disk{0};
  for (const config::ResolvedCell& cell : experiment.cells) {
    memory = std::max(memory, memory_demand(cell.trial, catalogue));
    disk = std::max(disk, disk_demand(cell.trial, catalogue));
  }
  // All media of a run are there at once.
  each_medium(experiment, catalogue, [&](const Choice& medium, const MediumSpec& spec) {
    if (spec.store == Store::memory) memory = memory + medium.options.bytes("size");
    if (spec.store == Store::disk) disk = disk + medium.options.bytes("size");
  });
  std::vector<Unmet> unmet;
  if (auto lacking = lacking_huge_pages(experiment, catalogue)) unmet.push_back(*std::move(lacking));
  const auto host = host::host_memory();
  if (host && memory + host->floor() > host->available) {
    unmet.push_back(
        {"memory",
         {fmt::format("the trials may take {} bytes; of {} available ones {} must stay for the host",
                      memory.value, host->available.value, host->floor().value),
          "choose a smaller dataset.size, medium or swap size, or a lower limit"}});
  }
  const auto space = os::space_at(host::nearest_existing(data_folder));
  for (const config::ResolvedCell& cell : experiment.cells) {
    if (auto lack = host ? lacking_for_host(cell.trial, catalogue, *host) : std::nullopt) {
      unmet.push_back({"memory", std::move(*lack)});
      break;
    }
  }
  if (disk > Bytes(0) && space && disk + dataset::kReserve > space->free) {
    unmet.push_back(
        {"disk",
         {fmt::format("media and swap areas take {} bytes in {}; of {} free ones {} are kept in reserve",
                      disk.value, data_folder, space->free.value, dataset::kReserve.value),
          "choose a smaller medium or swap size, free space, or name another folder with --data"}});
  }
  return unmet;
}

}  // namespace faultlab::run
