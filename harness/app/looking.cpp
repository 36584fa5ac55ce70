// Commands that look and change nothing: validate, plan, doctor, schema; and recover, new.
#include <fmt/format.h>

#include <filesystem>

#include "app/commands.hpp"
#include "app/config_file.hpp"
#include "app/paths.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "config/schema.hpp"
#include "host/doctor.hpp"
#include "host/journal.hpp"
#include "os/file.hpp"
#include "plan/plan.hpp"
#include "run/room.hpp"
#include "run/run.hpp"

namespace faultlab::app {
namespace {

using nlohmann::ordered_json;

std::string gibibytes(Bytes bytes) {
  return fmt::format("{:.2f} GiB", static_cast<double>(bytes.value) / static_cast<double>(1ULL << 30));
}

std::string_view word(host::Verdict verdict) {
  return verdict == host::Verdict::ok ? "ok" : verdict == host::Verdict::limited ? "limited" : "missing";
}

std::string template_config(const std::string& name) {
  return fmt::format(R"({{
  "$schema": "../../harness/config/experiment.schema.json",
  "schema_version": 1,
  "name": "{}",
  "question": "Which method reaches more blocks a second when half the file fits in memory?",
  "dataset": {{ "size": "64 MiB" }},
  "workload": {{ "engine": "pread", "order": "uniform", "advice": "random", "work": {{ "seconds": 1 }} }},
  "pressure": {{ "memcg_limit": {{ "limit": "50% of dataset" }} }},
  "factors": {{ "workload.engine": ["pread", "mmap_shared"] }},
  "figures": [ {{ "kind": "bars", "metric": "ops_per_second", "x": "workload.engine", "series": "workload.engine" }} ]
}}
)",
                     name);
}

std::string template_readme(const std::string& name) {
  return fmt::format(
      "# {}\n\n**Question.**\n\n**Hypothesis, with sign and size.**\n\n**Confounders.**\n\n"
      "**How to read the figure.**\n\n**What would refute it.**\n",
      name);
}

}  // namespace

ExitCode validate(const Common& common, const std::vector<std::string>& configs) {
  bool all_good = true;
  for (const std::string& config : configs) {
    const auto experiment = read_config(config);
    all_good = all_good && experiment.has_value();
    if (experiment && !common.quiet) {
      fmt::print("{}: ok, {} cells of {} trials\n", experiment->source_path, experiment->cells.size(),
                 experiment->trials);
    }
  }
  return all_good ? ExitCode::ok : ExitCode::usage;
}

ExitCode show_plan(const Common& common, const std::string& config) {
  const auto experiment = read_config(config);
  if (!experiment) return ExitCode::usage;
  const Catalogue catalogue = full_catalogue();
  const auto plan = plan::make_plan(experiment->cells.size(), experiment->trials, experiment->seed);
  const auto estimate = plan::estimate(plan, *experiment);
  const auto changes = run::host_changes(*experiment, catalogue, places(common.data));
  auto unmet = run::unmet_requirements(*experiment, catalogue, places(common.data));
  for (auto& each : run::lacking_room(*experiment, catalogue, common.data)) unmet.push_back(std::move(each));
  if (common.json) {
    ordered_json json = {{"trials", ordered_json::array()},
                         {"unmet", ordered_json::array()},
                         {"host_changes", changes},
                         {"estimated_seconds", estimate.seconds},
                         {"disk_bytes", estimate.disk.value}};
    for (const auto& each : unmet) {
      json["unmet"].push_back({{"what", each.what}, {"why", each.lack.why}, {"remedy", each.lack.remedy}});
    }
    for (const auto& each : plan) {
      ordered_json cell = ordered_json::object();
      for (const auto& [factor, level] : experiment->cells[each.cell].cell) cell[factor] = level;
      json["trials"].push_back(
          {{"sequence", each.sequence}, {"trial", each.trial}, {"seed", each.seed}, {"cell", cell}});
    }
    fmt::print("{}\n", json.dump(2));
    return ExitCode::ok;
  }
  fmt::print(
      "{}\n{} cells x {} trials = {} trials, about {:.0f} s{}, {} of datasets on disk\n\n",
      experiment->question, experiment->cells.size(), experiment->trials, plan.size(), estimate.seconds,
      estimate.unknown_trials == 0
          ? ""
          : fmt::format(" ({} with fixed work are counted as one second each)", estimate.unknown_trials),
      gibibytes(estimate.disk));
  fmt::print("changes to the host:\n");
  for (const std::string& change : changes) fmt::print("  {}\n", change);
  for (const auto& each : unmet)
    fmt::print("  cannot run: {}: {}; {}\n", each.what, each.lack.why, each.lack.remedy);
  fmt::print("\norder of trials:\n{}", plan::to_text(plan, *experiment));
  return ExitCode::ok;
}

ExitCode doctor(const Common& common) {
  const auto checks = host::examine(common.data);
  if (common.json) {
    ordered_json json = ordered_json::array();
    for (const auto& check : checks) {
      json.push_back({{"name", check.name},
                      {"verdict", word(check.verdict)},
                      {"finding", check.finding},
                      {"remedy", check.remedy}});
    }
    fmt::print("{}\n", json.dump(2));
    return ExitCode::ok;
  }
  for (const auto& check : checks) {
    fmt::print("{:<8} {:<26} {}\n", word(check.verdict), check.name, check.finding);
    if (!check.remedy.empty()) fmt::print("{:36}-> {}\n", "", check.remedy);
  }
  return ExitCode::ok;
}

ExitCode recover(const Common& common) {
  const auto recovered = host::recover(host::journal_folder());
  if (!recovered) {
    print_error(recovered.error());
    return ExitCode::host_cannot;
  }
  bool all_done = true;
  for (const auto& each : *recovered) {
    all_done = all_done && each.done;
    fmt::print("{}{}\n", each.done ? "" : "NOT DONE: ", each.what);
  }
  if (recovered->empty() && !common.quiet) fmt::print("nothing to recover\n");
  return all_done ? ExitCode::ok : ExitCode::host_cannot;
}

ExitCode print_schema() {
  fmt::print("{}\n", config::schema(full_catalogue()).dump(2));
  return ExitCode::ok;
}

ExitCode make_experiment(const std::string& name) {
  const std::string root = project_root();
  const std::string folder = (root.empty() ? std::string("experiments") : root + "/experiments") + "/" + name;
  const std::string config = template_config(name);
  const auto read = config::read_experiment(config, name, full_catalogue());
  for (const auto& problem : read.problems) print_error(problem.what, problem.remedy);
  if (!read.problems.empty()) return ExitCode::usage;
  if (os::exists(folder)) {
    print_error(folder + " exists already", "choose another name");
    return ExitCode::usage;
  }
  for (auto made : {os::make_folders(folder), os::replace_file(folder + "/experiment.json", config),
                    os::replace_file(folder + "/README.md", template_readme(name))}) {
    if (made) continue;
    print_error(made.error());
    return ExitCode::host_cannot;
  }
  fmt::print("{0}/experiment.json\n{0}/README.md\n", folder);
  return ExitCode::ok;
}

}  // namespace faultlab::app
