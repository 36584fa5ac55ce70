// Every experiment's question, needs, time and figures, from its config.
#include "app/catalogue_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "app/config_file.hpp"
#include "app/paths.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "plan/plan.hpp"
#include "run/run.hpp"

namespace faultlab::app {
namespace {

constexpr std::string_view kPageHead = R"(# Experiments

By `faultlab list experiments --markdown`, from the configs; a test holds it to them. Each folder has the config
and a page with the hypothesis, the confounders, how to read the figures, and what would refute it. `faultlab run NAME`
runs one, `faultlab plan NAME` says before what it does, `faultlab new MINE --from NAME` makes a copy to change.

*needs*: beyond a file of one's own; `faultlab doctor` says what this host has. A probe that lacks something stops
nothing: its counts are missing, with the reason. *time*: by the plan; work of fixed size is a guess. *disk*: for
datasets, which stay for the next run.
)";

struct NeedWord {
  Need need;
  std::string_view word;  // several needs may come to the same
};
constexpr std::string_view kRoot = "root";
constexpr auto kNeedWords = std::to_array<NeedWord>({
    {Need::memory_cgroup, "memory cgroup"},
    {Need::memory_cgroup_v2, "cgroup v2"},
    {Need::memory_cgroup_swap, "swap accounting"},
    {Need::swap_areas, kRoot},
    {Need::mounts, kRoot},
    {Need::network_namespaces, kRoot},
    {Need::zram, "zram"},
    {Need::loop_devices, "loop devices"},
    {Need::huge_pages, "transparent huge pages"},
    {Need::huge_pages_64k, "Linux 6.8"},
    {Need::huge_page_pool, "pool of huge pages"},
    {Need::zero_copy_reports, "Linux 6.2"},
});

std::string needs_text(const run::Requirements& needed) {
  std::vector<std::string_view> words;
  const auto add = [&](std::string_view word) {
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  };
  for (const NeedWord& each : kNeedWords) {
    if (needed.needs.contains(each.need)) add(each.word);
  }
  if (needed.knobs) add(kRoot);
  return words.empty() ? "nothing" : fmt::format("{}", fmt::join(words, ", "));
}

std::string time_text(double seconds) {
  const auto minutes = std::max(1L, static_cast<long>(seconds / 60 + 0.5));
  return minutes < 60 ? fmt::format("{} min", minutes)
                      : fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

std::string disk_text(Bytes bytes) {
  const auto mebibytes = static_cast<double>(bytes.value) / (1ULL << 20);
  if (bytes.value == 0) return "none";
  return mebibytes < 1024 ? fmt::format("{:.0f} MiB", mebibytes)
                          : fmt::format("{:.1f} GiB", mebibytes / 1024);
}

std::string figures_text(const config::Experiment& experiment) {
  std::vector<std::string> kinds;
  for (const auto& figure : experiment.figures) {
    const auto kind = figure.at("kind").get<std::string>();
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
  }
  return fmt::format("{}", fmt::join(kinds, ", "));
}

std::string table_row(const std::string& name, const config::Experiment& experiment,
                      const Catalogue& catalogue) {
  const auto plan = plan::make_plan(experiment.cells.size(), experiment.trials, experiment.seed);
  const auto estimate = plan::estimate(plan, experiment, catalogue);
  std::string question = experiment.question;
  for (auto at = question.find('|'); at != std::string::npos; at = question.find('|', at + 2))
    question.insert(at, "\\");
  return fmt::format("| [{0}]({0}/README.md) | {1} | {2} | {3} | {4} | {5} |\n", name, question,
                     needs_text(run::requirements(experiment, catalogue)), time_text(estimate.seconds),
                     disk_text(estimate.disk), figures_text(experiment));
}

}  // namespace

ExitCode print_catalogue_page(const std::string& kind) {
  if (kind != "experiments") {
    print_error("only experiments have a page", "faultlab list experiments --markdown");
    return ExitCode::usage;
  }
  const Catalogue catalogue = full_catalogue();
  std::map<std::string, std::string> tables;  // by the folder that they lie in; "" first
  for (const std::string& name : experiment_names()) {
    const auto experiment = read_config(project_root() + "/experiments/" + name);
    if (!experiment) return ExitCode::usage;
    const auto slash = name.find('/');
    tables[slash == std::string::npos ? "" : name.substr(0, slash)] +=
        table_row(name, *experiment, catalogue);
  }
  fmt::print("{}", kPageHead);
  for (const auto& [folder, rows] : tables) {
    if (!folder.empty()) fmt::print("\n## {}\n", folder);
    fmt::print("\n| experiment | question | needs | time | disk | figures |\n|---|---|---|---|---|---|\n{}",
               rows);
  }
  return ExitCode::ok;
}

}  // namespace faultlab::app
