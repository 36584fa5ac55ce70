// Commands that measure: run, resume.
#include "app/running.hpp"

#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/config_file.hpp"
#include "app/delegation.hpp"
#include "app/paths.hpp"
#include "app/progress.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "run/room.hpp"
#include "run/run.hpp"

namespace faultlab::app {
namespace {

ExitCode finish_run(const Common& common, const RunOptions& options, const run::Summary& summary) {
  if (summary.interrupted) {
    const bool started = !summary.folder.empty();
    print_error("interrupted; the host is as it was",
                started ? "go on with: faultlab resume " + summary.folder : "");
    return ExitCode::interrupted;
  }
  ExitCode studied = ExitCode::ok;
  if (!options.no_study) {
    RunOptions study = options;
    study.target = summary.folder;
    studied = study_run(common, study);
  }
  // What was measured is there whatever became of its study.
  if (common.json) {
    fmt::print("{}\n", nlohmann::json{{"run", summary.folder},
                                      {"planned", summary.planned},
                                      {"ok", summary.ok},
                                      {"not_ok", summary.not_ok}}
                           .dump());
  } else {
    fmt::print("\nresults: {}\n", summary.folder);
  }
  if (studied != ExitCode::ok && studied != ExitCode::some_trials_failed) {
    print_error("the run is complete, its study is not",
                "once that is repaired: faultlab study " + summary.folder);
    return studied;
  }
  if (summary.not_ok > 0) {
    print_error(fmt::format("{} of {} trials did not end ok", summary.not_ok, summary.ok + summary.not_ok),
                "their outcome and reason are in trials.csv");
    return ExitCode::some_trials_failed;
  }
  return studied;
}

}  // namespace

run::Request request_for(const Common& common, const config::Experiment& experiment,
                         const Catalogue& catalogue) {
  return {.experiment = &experiment,
          .catalogue = &catalogue,
          .results = common.results,
          .data = common.data,
          .source_root = project_root(),
          .bin = program_folder(),
          .resume = {}};
}

bool can_run(const Common& common, const config::Experiment& experiment) {
  const Catalogue catalogue = full_catalogue();
  auto unmet = run::unmet_requirements(experiment, catalogue, places(common.data));
  for (auto& each : run::lacking_room(experiment, catalogue, common.data)) unmet.push_back(std::move(each));
  for (const auto& each : unmet) print_error(each.what + ": " + each.lack.why, each.lack.remedy);
  return unmet.empty();
}

ExitCode execute(const Common& common, const RunOptions& options, const config::Experiment& experiment,
                 const std::string& resume) {
  seek_delegation(common);
  if (!can_run(common, experiment)) return ExitCode::host_cannot;
  const Catalogue catalogue = full_catalogue();
  run::Request request = request_for(common, experiment, catalogue);
  request.resume = resume;
  const auto summary = run::run(request, progress(common, experiment));
  if (!summary) {
    print_error(summary.error());
    return ExitCode::host_cannot;
  }
  return finish_run(common, options, *summary);
}

ExitCode run_experiment(const Common& common, const RunOptions& options) {
  auto experiment = read_config(options.target);
  if (experiment && options.no_probes) experiment = without_probes(*experiment);
  if (!experiment) return ExitCode::usage;
  return execute(common, options, *experiment, "");
}

ExitCode resume_run(const Common& common, const RunOptions& options) {
  const auto experiment = read_run(options.target);
  if (!experiment) return ExitCode::usage;
  return execute(common, options, *experiment, options.target);
}

}  // namespace faultlab::app
