// Scripts for shells, and names for the scripts.
#include "app/completion.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "app/listing.hpp"
#include "app/paths.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "measure/metrics.hpp"
#include "os/file.hpp"

namespace faultlab::app {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const ScenarioSpec* spec : scenario_table()) names.emplace_back(spec->row.name);
  return names;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const Metric& metric : metrics()) names.emplace_back(metric.name);
  return names;
}

// As one would type them from here.
std::vector<std::string> run_folders(const std::string& results) {
  std::error_code ignored;
  const fs::path here = fs::current_path(ignored);
  std::vector<std::string> found;
  for (const std::string& experiment : os::folder_entries(results)) {
    for (const std::string& run : os::folder_entries((fs::path(results) / experiment).string())) {
      const fs::path folder = fs::path(results) / experiment / run;
      if (!fs::exists(folder / "manifest.json", ignored)) continue;
      const fs::path shorter = folder.is_absolute() ? folder.lexically_relative(here) : folder;
      const bool below = !shorter.empty() && *shorter.begin() != "..";
      found.push_back(below ? shorter.string() : folder.string());
    }
  }
  return found;
}

// What the scripts may ask for; nothing for a word that is none of it, as there is nothing to complete then.
std::vector<std::string> values(const std::string& kind, const std::string& results) {
  if (kind == "experiments") return experiment_names();
  if (kind == "runs") return run_folders(results);
  if (kind == "kinds") return list_kinds();
  if (kind == "scenarios") return scenario_names();
  if (kind == "metrics") return metric_names();
  return {};
}

}  // namespace

std::string single_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char letter : text) {
    if (letter == '\'') {
      quoted += R"('\'')";
    } else {
      quoted += letter;
    }
  }
  return quoted + "'";
}

ExitCode print_completion(const Common& common, const CompletionOptions& options, const CommandTree& tree) {
  if (!options.values.empty()) {
    for (const std::string& name : values(options.values, common.results)) fmt::print("{}\n", name);
    return ExitCode::ok;
  }
  if (options.shell.empty()) {
    print_error("for which shell?", "`faultlab completion bash`, zsh or fish");
    return ExitCode::usage;
  }
  const auto script = options.shell == "bash"  ? bash_completion(tree)
                      : options.shell == "zsh" ? zsh_completion(tree)
                                               : fish_completion(tree);
  fmt::print("{}", script);
  return ExitCode::ok;
}

}  // namespace faultlab::app
