// Commands on what was measured before: study, export, compare, report, reproduce.
#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/scripts.hpp"
#include "app/terminal.hpp"
#include "os/process.hpp"
#include "record/export.hpp"

namespace faultlab::app {
namespace {

using Words = std::vector<std::string>;

void add_each(Words& words, const std::string& option, const Words& values) {
  for (const std::string& value : values) words.insert(words.end(), {option, value});
}

void add_if(Words& words, const std::string& option, const std::string& value) {
  if (!value.empty()) words.insert(words.end(), {option, value});
}

}  // namespace

ExitCode study_run(const Common& common, const RunOptions& options) {
  std::vector<std::string> study = {options.target, "--program", os::own_path()};
  if (options.strict) study.push_back("--strict");
  if (common.json) study.push_back("--json");
  for (const std::string& run : options.price_lists) study.insert(study.end(), {"--model", run});
  const ExitCode verdict = run_script("study", std::move(study));
  if (verdict != ExitCode::ok && verdict != ExitCode::some_trials_failed) return verdict;
  std::vector<std::string> draw = {options.target};
  if (common.json) draw.push_back("--quiet");
  if (const ExitCode drawn = run_script("draw.py", std::move(draw)); drawn != ExitCode::ok) return drawn;
  if (const ExitCode told = run_script("report", {options.target, "--quiet"}); told != ExitCode::ok)
    return told;
  if (!common.json) fmt::print("\nReport (one file, for any browser)\n- {}/report.html\n", options.target);
  return verdict;
}

ExitCode export_run(const Common&, const ExportOptions& options) {
  if (!options.format.empty()) {
    Words words = {options.run, "--as", options.format};
    add_each(words, "--metric", options.metrics);
    add_if(words, "--out", options.out);
    return run_script("exports", std::move(words));
  }
  for (const auto& exporter : {record::export_csv, record::export_benchmark}) {
    if (auto exported = exporter(options.run); !exported) {
      print_error(exported.error());
      return ExitCode::usage;
    }
  }
  fmt::print("{0}/trials.csv\n{0}/benchmark.json\n", options.run);
  return ExitCode::ok;
}

ExitCode compare_runs(const Common& common, const CompareOptions& options) {
  Words words = options.runs;
  add_each(words, "--metric", options.metrics);
  add_each(words, "--bound", options.bounds);
  add_each(words, "--of-factor", options.of_factors);
  for (const auto& [theirs, ours] : options.matches) words.insert(words.end(), {"--match", theirs, ours});
  add_if(words, "--figure", options.figures);
  if (common.json) words.insert(words.end(), {"--json", "-"});
  return run_script("compare", std::move(words));
}

ExitCode report_runs(const Common& common, const ReportOptions& options) {
  if (!options.paper.empty()) {
    Words words = {"make", "--out", options.paper};
    words.insert(words.end(), options.runs.begin(), options.runs.end());
    return run_script("bundle", std::move(words));
  }
  if (!options.out.empty() && options.runs.size() > 1) {
    print_error("--out names one file, and there are " + std::to_string(options.runs.size()) + " runs",
                "without --out each report lies in its run's folder");
    return ExitCode::usage;
  }
  for (const std::string& run : options.runs) {
    Words words = {run};
    add_if(words, "--out", options.out);
    if (common.quiet) words.push_back("--quiet");
    if (const ExitCode made = run_script("report", std::move(words)); made != ExitCode::ok) return made;
  }
  return ExitCode::ok;
}

ExitCode reproduce_bundle(const Common& common, const ReproduceOptions& options) {
  Words words = {"reproduce", options.bundle, "--program", os::own_path(), "--results", common.results};
  if (options.trials) add_if(words, "--trials", std::to_string(*options.trials));
  add_if(words, "--only", options.only);
  if (common.json) words.push_back("--json");
  return run_script("bundle", std::move(words));
}

}  // namespace faultlab::app
