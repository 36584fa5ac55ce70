// The fields of a trial, object by object.
#include "config/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/command.hpp"
#include "config/nearest.hpp"

namespace faultlab::config {
namespace {

constexpr auto kTrialKeys =
    std::to_array<std::string_view>({"dataset", "workload", "start", "pressure", "schedule", "swap", "knobs",
                                     "budget", "sample_every", "probes"});

constexpr std::string_view kWorkForms =
    "write exactly one of {\"seconds\": 2}, {\"accesses\": 100000}, {\"passes\": 1}";

// Stores what was read, if anything was.
template <class T, class From>
void keep(T& into, const std::optional<From>& read) {
  if (read) into = T(*read);
}

Bytes size_of(std::string_view text) { return parse_size(text).value_or(Bytes(0)); }

void read_medium(const Node& node, const Context& context, Draft& draft) {
  if (auto chosen = read_choice(node, "medium", rows_of(context.catalogue.media), context)) {
    draft.trial.dataset.medium = std::move(chosen->choice);
  }
}

void read_dataset(const Node& node, Context& context, bool resolve, Draft& draft) {
  Dataset& dataset = draft.trial.dataset;
  Problems& problems = context.problems;
  ObjectReader reader(node, "dataset", problems);
  if (const Node* size = reader.required("size", "write \"size\": \"1 GiB\"")) {
    draft.size = read_size(*size, kDatasetSize, problems);
    keep(dataset.size, draft.size);
  }
  if (resolve) context.dataset = draft.size;
  if (const Node* content = reader.optional("content")) {
    keep(dataset.content, read_word(*content, "content", names_of(Content{}), problems));
  }
  dataset.write_chunk = size_of(kDefaultWriteChunk);
  if (const Node* chunk = reader.optional("write_chunk")) {
    keep(dataset.write_chunk, read_size(*chunk, kWriteChunk, problems));
  }
  dataset.medium = {std::string(kDefaultMedium), {}};
  if (const Node* medium = reader.optional("medium")) read_medium(*medium, context, draft);
  if (const Node* seed = reader.optional("seed")) {
    keep(dataset.seed, read_integer(*seed, {0, kLargestInteger}, problems));
  }
  reader.finish();
}

void read_access_fields(ObjectReader& reader, const Context& context, Draft& draft) {
  Workload& workload = draft.trial.workload;
  Problems& problems = context.problems;
  if (const Node* order = reader.optional("order")) {
    if (auto chosen = read_choice(*order, "order", rows_of(context.catalogue.orders), context)) {
      draft.order = find(context.catalogue.orders, chosen->row->name);
      workload.order = std::move(chosen->choice);
    }
  }
  draft.advice = Advice::normal;
  if (const Node* advice = reader.optional("advice")) {
    draft.advice = read_word(*advice, "advice", names_of(Advice{}), problems);
  }
  keep(workload.advice, draft.advice);
  draft.block = size_of(kDefaultBlock);
  if (const Node* block = reader.optional("block")) draft.block = read_size(*block, kBlock, problems);
  keep(workload.block, draft.block);
  if (const Node* consume = reader.optional("consume")) {
    keep(workload.consume, read_word(*consume, "consume", names_of(Consume{}), problems));
  }
  if (const Node* writes = reader.optional("writes")) {
    workload.writes = read_integer(*writes, {0, kMostPercent}, problems);
  }
  if (const Node* arrivals = reader.optional("arrivals_per_second")) {
    workload.arrivals_per_second = read_integer(*arrivals, {1, kMostArrivals}, problems);
  }
  const auto count_of = [&](std::string_view name) -> std::optional<unsigned> {
    const Node* node = reader.optional(name);
    if (node == nullptr) return 1;
    return read_integer(*node, {1, kMaxWorkers}, problems);
  };
  draft.processes = count_of("processes");
  keep(workload.processes, draft.processes);
  draft.threads = count_of("threads");
  keep(workload.threads, draft.threads);
  if (const Node* work = reader.optional("work")) draft.work = read_work(*work, context);
  keep(workload.work, draft.work);
}

void read_workload(const Node& node, const Context& context, Draft& draft) {
  Workload& workload = draft.trial.workload;
  ObjectReader reader(node, "workload", context.problems);
  const auto engines = names_in(context.catalogue.engines);
  if (const Node* engine = reader.required("engine", one_of(engines))) {
    if (auto chosen = read_choice(*engine, "engine", rows_of(context.catalogue.engines), context)) {
      draft.engine = find(context.catalogue.engines, chosen->row->name);
      workload.engine = std::move(chosen->choice);
    }
  }
  read_access_fields(reader, context, draft);
  if (const Node* sink = reader.optional("sink")) {
    if (auto chosen = read_choice(*sink, "sink", rows_of(context.catalogue.sinks), context)) {
      draft.sink = find(context.catalogue.sinks, chosen->row->name);
      workload.sink = std::move(chosen->choice);
    }
  }
  if (const Node* latency = reader.optional("latency")) {
    keep(workload.latency, read_word(*latency, "latency", names_of(Latency{}), context.problems));
  }
  if (const Node* binding = reader.optional("binding")) {
    keep(workload.binding, read_word(*binding, "binding", names_of(Binding{}), context.problems));
  }
  read_command_fields(reader, context, workload);
  if (const Node* scenario = reader.optional("scenario")) {
    const auto names = names_in(context.catalogue.scenarios);
    if (const auto name = read_name(*scenario, "scenario", names, context.problems)) {
      workload.scenario = std::string(*name);
    }
  }
  reader.finish();
}

void read_swap(const Node& node, const Context& context, Trial& trial) {
  if (auto chosen = read_choice(node, "swap", rows_of(context.catalogue.swaps), context)) {
    trial.swap = std::move(chosen->choice);
  }
}

void read_budget(const Node& node, const Context& context, Draft& draft) {
  ObjectReader reader(node, "budget", context.problems);
  if (const Node* wall = reader.optional("wall")) {
    draft.wall_seconds.reset();
    if (const auto ns = read_duration(*wall, kWall, context.problems)) {
      draft.wall_seconds = static_cast<double>(*ns) / 1e9;
    }
  }
  if (const Node* read = reader.optional("device_read")) {
    keep(draft.trial.budget.device_read, read_size(*read, kDeviceRead, context.problems));
  }
  reader.finish();
}

void read_sampling(const Node& root, const Context& context, Trial& trial) {
  std::optional<std::uint64_t> every = parse_duration(kDefaultSampleEvery).value_or(0);
  if (const Node* node = root.find("sample_every")) every = read_sample_every(*node, context);
  if (every) trial.sample_every_seconds = static_cast<double>(*every) / 1e9;
  for (const ProbeSpec* probe : context.catalogue.probes) {
    if (probe->kind == ProbeKind::counter) trial.probes.emplace_back(probe->row.name);
  }
  if (const Node* node = root.find("probes")) keep(trial.probes, read_probes(*node, context));
}

}  // namespace

std::span<const std::string_view> trial_keys() { return kTrialKeys; }

Draft read_trial(const Node& root, const Context& outer, bool resolve) {
  Draft draft;
  Context context{outer.catalogue, outer.problems};
  if (root.kind != Kind::object) return draft;
  if (const Node* node = root.find("dataset")) read_dataset(*node, context, resolve, draft);
  if (const Node* node = root.find("workload")) read_workload(*node, context, draft);
  draft.start = Start::cold;
  if (const Node* node = root.find("start")) {
    draft.start = read_word(*node, "start", names_of(Start{}), context.problems);
  }
  keep(draft.trial.start, draft.start);
  if (const Node* node = root.find("pressure")) read_pressures(*node, context, draft.trial.pressures);
  if (const Node* node = root.find("schedule")) keep(draft.trial.schedule, read_schedule(*node, context));
  draft.trial.swap = {std::string(kDefaultSwap), {}};
  if (const Node* node = root.find("swap")) read_swap(*node, context, draft.trial);
  if (const Node* node = root.find("knobs")) read_knobs(*node, context, draft.trial.knobs);
  draft.wall_seconds = static_cast<double>(parse_duration(kDefaultWall).value_or(0)) / 1e9;
  draft.trial.budget.device_read = size_of(kDefaultDeviceRead);
  if (const Node* node = root.find("budget")) read_budget(*node, context, draft);
  keep(draft.trial.budget.wall_seconds, draft.wall_seconds);
  read_sampling(root, context, draft.trial);
  return draft;
}

std::optional<Work> read_work(const Node& node, const Context& context) {
  ObjectReader reader(node, "work", context.problems);
  const Node* seconds = reader.optional("seconds");
  const Node* accesses = reader.optional("accesses");
  const Node* passes = reader.optional("passes");
  reader.finish();
  if (!reader.usable()) return std::nullopt;
  if ((seconds != nullptr) + (accesses != nullptr) + (passes != nullptr) != 1) {
    context.problems.add(*node.place, "work needs exactly one measure", std::string(kWorkForms));
  }
  std::optional<Work> work;
  if (seconds != nullptr) {
    if (const auto count = read_number(*seconds, 0, kMostSeconds, context.problems)) {
      if (*count > 0) work = Seconds{*count};
      if (!work) context.problems.add(*seconds->place, "no time is no work", std::string(kWorkForms));
    }
  }
  if (accesses != nullptr) {
    if (const auto count = read_integer(*accesses, {1, kLargestInteger}, context.problems))
      work = Accesses{*count};
  }
  if (passes != nullptr) {
    if (const auto count = read_integer(*passes, {1, kLargestInteger}, context.problems))
      work = Passes{*count};
  }
  return work;
}

std::optional<std::string> read_knob(const KnobSpec& knob, const Node& node, const Context& context) {
  if (!knob.choices.empty()) {
    const auto word = read_name(node, knob.name, knob.choices, context.problems);
    return word ? std::optional(std::string(*word)) : std::nullopt;
  }
  const auto value = read_integer(node, {knob.minimum, knob.maximum}, context.problems);
  return value ? std::optional(std::to_string(*value)) : std::nullopt;
}

void read_knobs(const Node& node, const Context& context, std::map<std::string, std::string>& values) {
  ObjectReader reader(node, "knobs", context.problems);
  for (const KnobSpec& knob : knobs()) {
    const Node* value = reader.optional(knob.name);
    if (value == nullptr) continue;
    if (auto text = read_knob(knob, *value, context)) values[std::string(knob.name)] = std::move(*text);
  }
  reader.finish();
}

void read_pressures(const Node& node, const Context& context, std::vector<Choice>& pressures) {
  ObjectReader reader(node, "pressure", context.problems);
  for (const PressureSpec* spec : context.catalogue.pressures) {
    const Node* value = reader.optional(spec->row.name);
    if (value == nullptr) continue;
    if (auto options = read_pressure(*spec, *value, context)) {
      pressures.push_back({std::string(spec->row.name), std::move(*options)});
    }
  }
  reader.finish();
}

std::optional<std::vector<std::string>> read_probes(const Node& node, const Context& context) {
  const auto names = names_in(context.catalogue.probes);
  if (node.kind != Kind::array || node.items.size() > names.size()) {
    context.problems.add(*node.place,
                         fmt::format("expected a list of up to {} probes, each named once", names.size()),
                         one_of(names));
    return std::nullopt;
  }
  std::vector<std::string> probes;
  for (const NodePtr& item : node.items) {
    const auto name = read_name(*item, "probe", names, context.problems);
    if (!name) continue;
    if (std::find(probes.begin(), probes.end(), *name) != probes.end()) {
      context.problems.add(*item->place, fmt::format("the probe \"{}\" is named twice", *name),
                           "remove one of them");
      continue;
    }
    probes.emplace_back(*name);
  }
  return probes.size() == node.items.size() ? std::optional(std::move(probes)) : std::nullopt;
}

std::optional<std::uint64_t> read_sample_every(const Node& node, const Context& context) {
  if (node.kind == Kind::string && node.scalar == "off") return 0;
  return read_duration(node, kSampleEvery, context.problems);
}

const Node* value_at(const Node& root, std::string_view path) {
  const Node* node = &root;
  while (node != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    node = node->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return node;
}

const Place& locate(const Node& root, std::string_view path) {
  while (!path.empty()) {
    if (const Node* node = value_at(root, path)) return *node->place;
    const std::size_t dot = path.rfind('.');
    path = dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
  }
  return *root.place;
}

}  // namespace faultlab::config
