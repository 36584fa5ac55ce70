// Reads one trial off a tree: the base of a config, or a cell's tree with its levels set.
#pragma once

#include "catalogue/knob_spec.hpp"
#include "config/options.hpp"

namespace faultlab::config {

// A trial as far as it could be read; the rules on combinations use what is there.
struct Draft {
  Trial trial;
  const EngineSpec* engine = nullptr;
  const OrderSpec* order = nullptr;
  const SinkSpec* sink = nullptr;
  std::optional<Bytes> size;
  std::optional<Bytes> block;
  std::optional<unsigned> processes;
  std::optional<unsigned> threads;
  std::optional<Work> work;
  std::optional<Advice> advice;
  std::optional<Start> start;
  std::optional<double> wall_seconds;
};

// The keys of a config that describe a trial; everything else describes the experiment around it.
std::span<const std::string_view> trial_keys();

// `context.dataset` is ignored: shares are resolved, where `resolve`, against the tree's own dataset.
Draft read_trial(const Node& root, const Context& context, bool resolve);

// Single fields, for levels, which set one at a time.
std::optional<Work> read_work(const Node& node, const Context& context);
std::optional<std::string> read_knob(const KnobSpec& knob, const Node& node, const Context& context);
std::optional<std::vector<std::string>> read_probes(const Node& node, const Context& context);
// In nanoseconds; 0: "off".
std::optional<std::uint64_t> read_sample_every(const Node& node, const Context& context);
void read_knobs(const Node& node, const Context& context, std::map<std::string, std::string>& knobs);
std::optional<std::vector<Moment>> read_schedule(const Node& node, const Context& context);
void read_pressures(const Node& node, const Context& context, std::vector<Choice>& pressures);

// The rules on combinations of fields; those on schedules apart.
void check_combination(const Node& root, const Draft& draft, const Context& context);

void check_schedule(const Node& root, const Draft& draft, const Context& context);

// The value at a dotted path, or the closest object above it: where a problem with it is shown.
const Place& locate(const Node& root, std::string_view path);
const Node* value_at(const Node& root, std::string_view path);

}  // namespace faultlab::config
