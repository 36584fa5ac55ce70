// Guards of one trial.
#include "run/trial_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "host/doctor.hpp"
#include "run/scenario_setting.hpp"

namespace faultlab::run {

Result<> TrialHost::set_up(const Stage& stage, const config::Trial& trial, const std::vector<DataFile>& files,
                           record::Record& record) {
  if (auto set = set_knobs(stage, trial, files); !set) return set;
  if (auto enabled = enable_swap(stage, trial, record); !enabled) return enabled;
  if (auto made = make_cgroup(stage, trial, record); !made) return made;
  return apply_pressures(stage, trial, record);
}

void TrialHost::begin_pressures(const ProgressPage& progress) {
  for (const auto& pressure : pressures_) pressure->begin();
  schedule_->begin(progress);
}

void TrialHost::end_pressures() {
  schedule_->end();
  for (const auto& pressure : pressures_) pressure->end();
}

std::string TrialHost::shortfall() const {
  for (const auto& pressure : pressures_) {
    if (auto short_of = pressure->shortfall(); !short_of.empty()) return short_of;
  }
  return schedule_->shortfall();
}

void TrialHost::report_pressures(record::Record& record, bool emulated) const {
  for (const auto& pressure : pressures_) pressure->report(record.readings);
  record.schedule = schedule_->report(emulated);
}

Result<> TrialHost::set_knobs(const Stage& stage, const config::Trial& trial,
                              const std::vector<DataFile>& files) {
  const std::string& on_device = files.empty() ? stage.data_folder : files.front().path;
  for (const auto& [name, value] : trial.knobs) {
    auto knob = host::KnobGuard::set(name, value, on_device, stage.journal);
    if (!knob) return propagate(std::move(knob));
    knobs_.push_back(std::move(*knob));
  }
  const ScenarioSpec* scenario = find(stage.catalogue.scenarios, trial.workload.scenario);
  if (scenario == nullptr) return {};
  for (const Need need : scenario->row.needs) {
    if (auto lack = host::lacks(need)) return fail("not on this host: " + lack->why, lack->remedy);
  }
  auto own = set_scenario_knobs(*scenario, {stage.data_folder, stage.journal});
  if (!own) return propagate(std::move(own), "not on this host");
  std::move(own->begin(), own->end(), std::back_inserter(knobs_));
  return {};
}

// The trial's own, or its scenario's.
Result<std::unique_ptr<SwapPlace>> enabled_swap(const Stage& stage, const config::Trial& trial) {
  const ScenarioSpec* scenario = find(stage.catalogue.scenarios, trial.workload.scenario);
  if (scenario != nullptr) {
    return enable_scenario_swap(*scenario, stage.catalogue, pages_ceil(trial.dataset.size).value,
                                {stage.data_folder, stage.journal});
  }
  const SwapSpec* spec = find(stage.catalogue.swaps, trial.swap.kind);
  if (spec == nullptr) return fail("no swap is called " + trial.swap.kind);
  return spec->enable({stage.data_folder, stage.journal}, trial.swap.options);
}

Result<> TrialHost::enable_swap(const Stage& stage, const config::Trial& trial, record::Record& record) {
  const ScenarioSpec* scenario = find(stage.catalogue.scenarios, trial.workload.scenario);
  const std::string kind =
      scenario == nullptr || scenario->swap.empty() ? trial.swap.kind : std::string(scenario->swap);
  auto place = enabled_swap(stage, trial);
  if (!place) return propagate(std::move(place), "enable swap " + kind);
  swap_ = std::move(*place);
  record.swap = {{"kind", kind}};
  if (swap_ == nullptr) return {};
  record.swap["path"] = swap_->path();
  record.swap["size_bytes"] = swap_->size().value;
  record.swap["priority"] = swap_->priority();
  if (const auto algorithm = swap_->algorithm(); !algorithm.empty()) record.swap["algorithm"] = algorithm;
  return {};
}

Result<> TrialHost::make_cgroup(const Stage& stage, const config::Trial& trial, record::Record& record) {
  if (!stage.home) {
    record.cgroup_version = Missing{stage.home.error().why + "; " + stage.home.error().remedy};
    return {};
  }
  auto cgroup = host::make_cgroup(*stage.home, fmt::format("trial-{}", record.sequence), stage.journal);
  if (!cgroup) return propagate(std::move(cgroup));
  cgroup_ = std::move(*cgroup);
  record.cgroup_version = Value(std::int64_t{cgroup_->version()});
  const auto swappiness = trial.knobs.find("swappiness");
  return swappiness == trial.knobs.end() ? Result<>() : cgroup_->follow_swappiness(swappiness->second);
}

Result<> TrialHost::apply_pressures(const Stage& stage, const config::Trial& trial, record::Record& record) {
  std::vector<Standing> standing;
  for (const Choice& choice : trial.pressures) {
    const PressureSpec* spec = find(stage.catalogue.pressures, choice.kind);
    if (spec == nullptr) return fail("no pressure is called " + choice.kind);
    if (spec->side == PressureSide::trial) {
      record.pressure.emplace_back(choice.kind, record::Json{{"acts_in", "the trial's process"}});
      continue;
    }
    auto pressure = spec->make();
    auto achieved = pressure->apply({.cgroup = cgroup_.get(),
                                     .dataset = trial.dataset.size,
                                     .swap_allowed = swap_ != nullptr,
                                     .data_folder = stage.data_folder,
                                     .journal = stage.journal},
                                    choice.options);
    if (!achieved) return propagate(std::move(achieved));
    pressures_.push_back(std::move(pressure));
    standing.push_back({choice.kind, pressures_.back().get(), achieved->value});
    if (achieved->ceiling) limit_ = std::min(limit_, achieved->value);
    const Value value = achieved->value == kNoLimit ? Value(Missing{"no limit was asked for"})
                                                    : Value::count(achieved->value.value);
    record.pressure.emplace_back(choice.kind,
                                 record::Json{{achieved->what + "_bytes", record::to_json(value)}});
  }
  schedule_.emplace(trial.schedule, std::move(standing));
  return {};
}

}  // namespace faultlab::run
