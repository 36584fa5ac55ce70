// The parts of a manifest.
#include "run/manifest.hpp"

#include <fmt/format.h>

#include "base/hash.hpp"
#include "measure/metrics.hpp"
#include "run/protocol.hpp"

namespace faultlab::run {
namespace {

std::string_view word(Better better) {
  return better == Better::higher ? "higher" : better == Better::lower ? "lower" : "neither";
}

Json metric_table() {
  Json table = Json::array();
  for (const Metric& metric : metrics()) {
    Json sources = Json::array();
    for (std::string_view rest = metric.sources; !rest.empty();) {
      const std::string_view source = rest.substr(0, rest.find(','));
      sources.push_back(source);
      rest.remove_prefix(std::min(rest.size(), source.size() + 1));
    }
    table.push_back({{"name", metric.name},
                     {"unit", metric.unit},
                     {"meaning", metric.meaning},
                     {"better", word(metric.better)},
                     {"sources", std::move(sources)}});
  }
  return table;
}

Json factor_table(const config::Experiment& experiment) {
  Json table = Json::array();
  for (const config::Factor& factor : experiment.factors) {
    Json levels = Json::array();
    for (const config::Level& level : factor.levels) levels.push_back(level.label);
    table.push_back({{"name", factor.name}, {"levels", std::move(levels)}});
  }
  return table;
}

Json cell_table(const config::Experiment& experiment) {
  Json table = Json::array();
  for (const config::ResolvedCell& cell : experiment.cells) {
    Json row = Json::object();
    for (const auto& [factor, level] : cell.cell) row[factor] = level;
    table.push_back(std::move(row));
  }
  return table;
}

}  // namespace

Json describe(const config::Experiment& experiment, const plan::Plan& plan) {
  Json manifest;
  manifest["schema_version"] = record::kSchemaVersion;
  manifest["run"] = "";
  manifest["experiment"] = experiment.name;
  manifest["question"] = experiment.question;
  manifest["seed"] = experiment.seed;
  manifest["started_at"] = record::utc_now();
  manifest["config"] = experiment.resolved;
  manifest["config_hash"] = fnv1a64(experiment.resolved.dump());
  manifest["factors"] = factor_table(experiment);
  manifest["cells"] = cell_table(experiment);
  manifest["trials_per_cell"] = experiment.trials;
  manifest["planned"] = plan.size();
  manifest["dataset"] = {{"size_bytes", experiment.cells.front().trial.dataset.size.value}};
  manifest["expect"] = experiment.expect;
  manifest["figures"] = experiment.figures;
  manifest["metrics"] = metric_table();
  return manifest;
}

}  // namespace faultlab::run
