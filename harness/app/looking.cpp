// Commands that look and change nothing: validate, plan, schema; and recover.
#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/config_file.hpp"
#include "app/paths.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "config/schema.hpp"
#include "host/journal.hpp"
#include "plan/plan.hpp"
#include "run/room.hpp"
#include "run/run.hpp"

namespace faultlab::app {
namespace {

using nlohmann::ordered_json;

std::string gibibytes(Bytes bytes) {
  return fmt::format("{:.2f} GiB", static_cast<double>(bytes.value) / static_cast<double>(1ULL << 30));
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
  const auto estimate = plan::estimate(plan, *experiment, catalogue);
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
  fmt::print("{}\n{} cells x {} trials = {} trials, about {:.0f} s{}, {} of datasets on disk\n\n",
             experiment->question, experiment->cells.size(), experiment->trials, plan.size(),
             estimate.seconds,
             estimate.unknown_trials == 0
                 ? ""
                 : fmt::format(" ({} have fixed work, whose time is a guess)", estimate.unknown_trials),
             gibibytes(estimate.disk));
  fmt::print("changes to the host:\n");
  for (const std::string& change : changes) fmt::print("  {}\n", change);
  for (const auto& each : unmet)
    fmt::print("  cannot run: {}: {}; {}\n", each.what, each.lack.why, each.lack.remedy);
  fmt::print("\norder of trials:\n{}", plan::to_text(plan, *experiment));
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

}  // namespace faultlab::app
