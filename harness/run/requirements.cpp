// What an experiment asks of the host, and what it would change there.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "config/limits.hpp"
#include "dataset/dataset.hpp"
#include "host/doctor.hpp"
#include "host/knobs.hpp"
#include "os/command.hpp"
#include "run/media.hpp"
#include "run/run.hpp"

namespace faultlab::run {
namespace {

bool limits_memory(const config::Trial& trial, const Catalogue& catalogue) {
  for (const Choice& choice : trial.pressures) {
    const PressureSpec* spec = find(catalogue.pressures, choice.kind);
    if (spec != nullptr && spec->ceiling(choice.options) != kNoLimit) return true;
  }
  return false;
}

// Calls visit(what, row) with the row of everything that a trial cannot do without.
template <class Visit>
void each_requirement(const config::Trial& trial, const Catalogue& catalogue, Visit visit) {
  const auto& engine = trial.workload.engine.kind;
  visit("engine " + engine, find(catalogue.engines, engine)->row);
  const auto& medium = trial.dataset.medium.kind;
  if (find(catalogue.engines, engine)->uses_dataset) {
    visit("medium " + medium, find(catalogue.media, medium)->row);
  }
  const auto& swap = trial.swap.kind;
  visit("swap " + swap, find(catalogue.swaps, swap)->row);
  if (const auto& sink = trial.workload.sink.kind; !sink.empty()) {
    visit("sink " + sink, find(catalogue.sinks, sink)->row);
  }
  if (!limits_memory(trial, catalogue)) return;
  for (const Choice& choice : trial.pressures) {
    visit("pressure " + choice.kind, find(catalogue.pressures, choice.kind)->row);
  }
}

void add_unmet(std::vector<Unmet>& unmet, std::set<std::string>& seen, const std::string& what,
               const Row& row) {
  if (!seen.insert(what).second) return;
  for (const Need need : row.needs) {
    if (auto lack = host::lacks(need)) unmet.push_back({what, *std::move(lack)});
  }
}

// A program that a command names, where it is not there.
std::optional<Unmet> missing_program(const std::vector<std::string>& words,
                                     const config::Application& application, const Places& places) {
  const std::string program = placed({words.front()}, places).front();
  if (!os::find_tool(program).empty()) return std::nullopt;
  std::string remedy = "install it, or name its path";
  if (!application.packages.empty()) {
    remedy =
        fmt::format("apt-get install -y --no-install-recommends {}", fmt::join(application.packages, " "));
    if (words.front().starts_with("{bin}/")) remedy += ", then build again: ./run does";
  }
  return Unmet{"command " + words.front(),
               {program + " is not there, or may not be executed", std::move(remedy)}};
}

void add_missing_programs(std::vector<Unmet>& unmet, std::set<std::string>& seen,
                          const config::Workload& workload, const Places& places) {
  const auto& application = workload.application;
  const auto look = [&](const std::vector<std::string>& words) {
    if (words.empty()) return;
    auto missing = missing_program(words, application, places);
    if (missing && seen.insert(missing->what).second) unmet.push_back(std::move(*missing));
  };
  look(application.prepare);
  // One below {data} may be what the preparation makes.
  if (!workload.command.empty() && !workload.command.front().starts_with("{data}/")) look(workload.command);
}

}  // namespace

std::vector<Unmet> unmet_requirements(const config::Experiment& experiment, const Catalogue& catalogue,
                                      const Places& places) {
  std::vector<Unmet> unmet;
  std::set<std::string> seen;
  for (const config::ResolvedCell& cell : experiment.cells) {
    each_requirement(cell.trial, catalogue,
                     [&](const std::string& what, const Row& row) { add_unmet(unmet, seen, what, row); });
    add_missing_programs(unmet, seen, cell.trial.workload, places);
  }
  return unmet;
}

Requirements requirements(const config::Experiment& experiment, const Catalogue& catalogue) {
  Requirements all;
  for (const config::ResolvedCell& cell : experiment.cells) {
    all.knobs = all.knobs || !cell.trial.knobs.empty();
    each_requirement(cell.trial, catalogue, [&](const std::string&, const Row& row) {
      all.needs.insert(row.needs.begin(), row.needs.end());
    });
  }
  return all;
}

std::vector<Unmet> unmet_probes(const config::Experiment& experiment, const Catalogue& catalogue) {
  std::vector<Unmet> unmet;
  std::set<std::string> seen;
  for (const config::ResolvedCell& cell : experiment.cells) {
    for (const std::string& probe : cell.trial.probes) {
      add_unmet(unmet, seen, "probe " + probe, find(catalogue.probes, probe)->row);
    }
  }
  return unmet;
}

namespace {

// What trials with such a pressure do to everybody else.
std::string felt_by_all(const Choice& pressure, const PressureSpec& spec) {
  const Bytes left = spec.ceiling(pressure.options);
  return fmt::format("leave everybody on this host {} bytes of memory while a trial under {} runs",
                     left.value, pressure.kind);
}

std::vector<std::string> changes_of_command(const config::Application& application, const Places& places) {
  std::vector<std::string> changes;
  const auto words = [&](const std::vector<std::string>& list) {
    return fmt::format("{}", fmt::join(placed(list, places), " "));
  };
  if (!application.prepare.empty()) {
    changes.push_back("run once, unless what it makes is there: " + words(application.prepare));
  }
  if (!application.files.empty()) {
    changes.push_back("drop from the page cache before each trial: " + words(application.files));
  }
  return changes;
}

}  // namespace

std::vector<std::string> host_changes(const config::Experiment& experiment, const Catalogue& catalogue,
                                      const Places& places) {
  const std::string& data_folder = places.data;
  std::vector<std::string> changes;
  std::set<std::string> seen;
  const auto add = [&](std::string change) {
    if (seen.insert(change).second) changes.push_back(std::move(change));
  };
  each_medium(experiment, catalogue, [&](const Choice& medium, const MediumSpec& spec) {
    if (spec.store == Store::host) return;
    add(fmt::format(
        "mount a medium of {} bytes below {} for the run, {}; removed after it, with its datasets",
        medium.options.bytes("size").value, data_folder, spec.row.summary));
  });
  for (const config::ResolvedCell& cell : experiment.cells) {
    const auto& trial = cell.trial;
    const auto& medium = trial.dataset.medium.kind;
    const bool on_host = find(catalogue.media, medium)->store == Store::host;
    if (find(catalogue.engines, trial.workload.engine.kind)->uses_dataset && on_host) {
      add(fmt::format(
          "create {} ({} bytes), kept for the next run; dropped from the page cache before each trial",
          dataset::path_of(trial.dataset, data_folder), trial.dataset.size.value));
    }
    for (std::string& change : changes_of_command(trial.workload.application, places)) add(std::move(change));
    for (const Choice& pressure : trial.pressures) {
      const PressureSpec* spec = find(catalogue.pressures, pressure.kind);
      if (spec->presses_host && spec->ceiling(pressure.options) != kNoLimit)
        add(felt_by_all(pressure, *spec));
    }
    if (trial.swap.kind != config::kDefaultSwap) {
      const Bytes size = trial.swap.options.bytes("size");
      add(fmt::format(
          "make a swap area of {} bytes ({}) for each trial that asks for one, used before any other; "
          "switched off and removed after it",
          size.value, find(catalogue.swaps, trial.swap.kind)->row.summary));
    }
    if (const SinkSpec* sink = find(catalogue.sinks, trial.workload.sink.kind);
        sink != nullptr && !sink->row.needs.empty()) {
      add(fmt::format("open the sink {} for each trial that sends there, {}; gone with the trial",
                      sink->row.name, sink->row.summary));
    }
    for (const auto& [name, value] : trial.knobs) {
      if (name == "read_ahead_kb" && !on_host) {
        add(fmt::format("write {} to read_ahead_kb of the medium {}, put back after each trial that sets it",
                        value, medium));
        continue;
      }
      const auto path = host::knob_path(name, data_folder);
      add(fmt::format("write {} to {}, put back after each trial that sets it", value,
                      path ? *path : "knob " + name + " (" + path.error().what + ")"));
    }
  }
  if (const auto home = host::find_cgroup_home()) {
    add(fmt::format("create a memory cgroup below {} for each trial, removed after it", home->path));
  } else {
    add("no memory cgroup: " + home.error().why);
  }
  return changes;
}

}  // namespace faultlab::run
