// Writes the resolved config: itself a valid config, which reads back as the same experiment.
#include "config/resolve.hpp"

#include <cmath>

#include "config/command.hpp"
#include "config/schedule.hpp"

namespace faultlab::config {
namespace {

std::uint64_t nanoseconds(double seconds) { return static_cast<std::uint64_t>(std::llround(seconds * 1e9)); }

// `node` is the choice, or the options object of a pressure, or null.
Json options_json(const Row& row, const Node* node) {
  Json json = Json::object();
  for (const OptionSpec& spec : row.options) {
    json[std::string(spec.name)] = canonical_option(spec, node == nullptr ? nullptr : node->find(spec.name));
  }
  return json;
}

Json choice_json(const Row& row, const Node* node) {
  if (row.options.empty()) return row.name;
  Json json = {{"kind", row.name}};
  json.update(options_json(row, node));
  return json;
}

Json work_json(const Work& work) {
  if (const auto* seconds = std::get_if<Seconds>(&work)) return {{"seconds", seconds->count}};
  if (const auto* accesses = std::get_if<Accesses>(&work)) return {{"accesses", accesses->count}};
  return {{"passes", std::get<Passes>(work).count}};
}

Json workload_json(const Node& root, const Draft& draft) {
  const Workload& workload = draft.trial.workload;
  Json json = Json::object();
  if (draft.engine != nullptr)
    json["engine"] = choice_json(draft.engine->row, value_at(root, "workload.engine"));
  json["advice"] = to_string(workload.advice);
  if (draft.order != nullptr) json["order"] = choice_json(draft.order->row, value_at(root, "workload.order"));
  if (draft.sink != nullptr) json["sink"] = choice_json(draft.sink->row, value_at(root, "workload.sink"));
  json["block"] = size_text(workload.block);
  json["consume"] = to_string(workload.consume);
  json["processes"] = workload.processes;
  json["threads"] = workload.threads;
  if (draft.work) json["work"] = work_json(*draft.work);
  if (workload.writes) json["writes"] = *workload.writes;
  json["latency"] = to_string(workload.latency);
  if (workload.arrivals_per_second) json["arrivals_per_second"] = *workload.arrivals_per_second;
  json["binding"] = faultlab::to_string(workload.binding);
  write_command_fields(workload, json);
  if (!workload.scenario.empty()) json["scenario"] = workload.scenario;
  return json;
}

Json pressure_json(const Node* written, const Catalogue& catalogue) {
  Json json = Json::object();
  for (const PressureSpec* spec : catalogue.pressures) {
    const Node* node = written == nullptr ? nullptr : written->find(spec->row.name);
    if (node != nullptr) json[std::string(spec->row.name)] = options_json(spec->row, node);
  }
  return json;
}

Json knobs_json(const Node* written) {
  Json json = Json::object();
  for (const KnobSpec& knob : knobs()) {
    const Node* node = written == nullptr ? nullptr : written->find(knob.name);
    if (node == nullptr) continue;
    const bool number = node->kind == Kind::number;
    json[std::string(knob.name)] = number ? Json(node->scalar.get<std::uint64_t>()) : node->scalar;
  }
  return json;
}

}  // namespace

Json resolved_trial(const Node& root, const Draft& draft, const Catalogue& catalogue) {
  const Trial& trial = draft.trial;
  Json json = Json::object();
  json["dataset"] = {{"size", size_text(trial.dataset.size)},
                     {"content", to_string(trial.dataset.content)},
                     {"write_chunk", size_text(trial.dataset.write_chunk)},
                     {"medium", choice_json(find(catalogue.media, trial.dataset.medium.kind)->row,
                                            value_at(root, "dataset.medium"))},
                     {"seed", trial.dataset.seed}};
  json["workload"] = workload_json(root, draft);
  json["start"] = to_string(trial.start);
  json["pressure"] = pressure_json(root.find("pressure"), catalogue);
  json["schedule"] = schedule_json(root.find("schedule"), catalogue);
  json["swap"] = choice_json(find(catalogue.swaps, trial.swap.kind)->row, root.find("swap"));
  json["knobs"] = knobs_json(root.find("knobs"));
  json["budget"] = {{"wall", duration_text(nanoseconds(trial.budget.wall_seconds))},
                    {"device_read", size_text(trial.budget.device_read)}};
  const std::uint64_t every = nanoseconds(trial.sample_every_seconds);
  json["sample_every"] = every == 0 ? "off" : duration_text(every);
  json["probes"] = trial.probes;
  return json;
}

// Levels stay as they were written: their labels are names, and names do not change.
Json resolved_factors(std::span<const FactorPlan> factors, const Node* written) {
  Json json = Json::object();
  for (const FactorPlan& factor : factors) json[factor.name] = plain(*written->find(factor.name));
  return json;
}

Json resolved_filter(std::span<const Selection> filter, std::span<const FactorPlan> factors) {
  Json json = Json::array();
  for (const Selection& selection : filter) json.push_back(selection_json(selection, factors));
  return json;
}

}  // namespace faultlab::config
