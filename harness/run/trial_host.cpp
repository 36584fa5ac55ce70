// Guards of one trial.
#include "run/trial_host.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace faultlab::run {

Result<> TrialHost::set_up(const Stage& stage, const config::Trial& trial, const std::string& dataset_path,
                           record::Record& record) {
  const std::string& on_device = dataset_path.empty() ? stage.data_folder : dataset_path;
  for (const auto& [name, value] : trial.knobs) {
    auto knob = host::KnobGuard::set(name, value, on_device, stage.journal);
    if (!knob) return propagate(std::move(knob));
    knobs_.push_back(std::move(*knob));
  }
  if (auto made = make_cgroup(stage, record); !made) return made;
  return apply_pressures(stage, trial, record);
}

Result<> TrialHost::make_cgroup(const Stage& stage, record::Record& record) {
  if (!stage.home) {
    record.cgroup_version = Missing{stage.home.error().why + "; " + stage.home.error().remedy};
    return {};
  }
  auto cgroup = host::make_cgroup(*stage.home, fmt::format("trial-{}", record.sequence), stage.journal);
  if (!cgroup) return propagate(std::move(cgroup));
  cgroup_ = std::move(*cgroup);
  record.cgroup_version = Value(std::int64_t{cgroup_->version()});
  return {};
}

Result<> TrialHost::apply_pressures(const Stage& stage, const config::Trial& trial, record::Record& record) {
  for (const Choice& choice : trial.pressures) {
    const PressureSpec* spec = find(stage.catalogue.pressures, choice.kind);
    if (spec == nullptr) return fail("no pressure is called " + choice.kind);
    auto pressure = spec->make();
    auto achieved =
        pressure->apply({cgroup_.get(), trial.dataset.size, trial.swap != "none"}, choice.options);
    if (!achieved) return propagate(std::move(achieved));
    pressures_.push_back(std::move(pressure));
    limit_ = std::min(limit_, achieved->value);
    const Value value = achieved->value == kNoLimit ? Value(Missing{"no limit was asked for"})
                                                    : Value::count(achieved->value.value);
    record.pressure.emplace_back(choice.kind,
                                 record::Json{{achieved->what + "_bytes", record::to_json(value)}});
  }
  return {};
}

}  // namespace faultlab::run
