// A trial as JSON and back: what the parent sends to the child, and what the record keeps.
#include <type_traits>

#include "config/limits.hpp"

namespace faultlab::config {
namespace {

// A size without limit is null: no number stands for it.
Json to_json(const Options& options) {
  Json json = Json::object();
  for (const auto& [name, held] : options.all()) {
    std::visit(
        [&, key = name](const auto& value) {
          using Held = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<Held, std::uint64_t>) {
            json[key] = value == kNoLimit.value ? Json() : Json(value);
          } else {
            json[key] = value;
          }
        },
        held);
  }
  return json;
}

Options options_from(const Json& json) {
  Options options;
  for (const auto& [name, value] : json.items()) {
    if (value.is_null()) {
      options.set(name, kNoLimit.value);
    } else if (value.is_string()) {
      options.set(name, value.get<std::string>());
    } else if (value.is_number_float()) {
      options.set(name, value.get<double>());
    } else {
      options.set(name, value.get<std::uint64_t>());
    }
  }
  return options;
}

Json to_json(const Choice& choice) { return {{"kind", choice.kind}, {"options", to_json(choice.options)}}; }

Choice choice_from(const Json& json) {
  return {json.at("kind").get<std::string>(), options_from(json.at("options"))};
}

Json to_json(const Work& work) {
  if (const auto* seconds = std::get_if<Seconds>(&work)) return {{"seconds", seconds->count}};
  if (const auto* accesses = std::get_if<Accesses>(&work)) return {{"accesses", accesses->count}};
  return {{"passes", std::get<Passes>(work).count}};
}

Work work_from(const Json& json) {
  if (json.contains("seconds")) return Seconds{json.at("seconds").get<double>()};
  if (json.contains("accesses")) return Accesses{json.at("accesses").get<std::uint64_t>()};
  return Passes{json.at("passes").get<std::uint64_t>()};
}

Json to_json(const Application& application) {
  return {{"arguments", application.arguments},
          {"prepare", application.prepare},
          {"files", application.files},
          {"packages", application.packages},
          {"window", faultlab::to_string(application.window)},
          {"checksum", faultlab::to_string(application.checksum)}};
}

Json to_json(const Workload& workload) {
  return {
      {"engine", to_json(workload.engine)},
      {"order", to_json(workload.order)},
      {"advice", to_string(workload.advice)},
      {"consume", to_string(workload.consume)},
      {"block_bytes", workload.block.value},
      {"processes", workload.processes},
      {"threads", workload.threads},
      {"work", to_json(workload.work)},
      {"latency", to_string(workload.latency)},
      {"binding", faultlab::to_string(workload.binding)},
      {"command", workload.command},
      {"application", to_json(workload.application)},
      {"scenario", workload.scenario},
      {"sink", to_json(workload.sink)},
      {"writes_percent", workload.writes ? Json(*workload.writes) : Json()},
      {"arrivals_per_second", workload.arrivals_per_second ? Json(*workload.arrivals_per_second) : Json()}};
}

Json to_json(const Moment& moment) {
  const Json at = std::visit([](const auto& when) { return to_json(Work(when)); }, moment.at);
  return {{"pressure", moment.pressure},
          {"at", at},
          {"to_bytes", moment.to == kNoLimit ? Json() : Json(moment.to.value)},
          {"over_seconds", moment.over_seconds}};
}

Moment moment_from(const Json& json) {
  Moment moment{.pressure = json.at("pressure").get<std::string>(), .at = Seconds{}, .to = kNoLimit};
  const Json& at = json.at("at");
  if (at.contains("seconds")) moment.at = Seconds{at.at("seconds").get<double>()};
  if (at.contains("accesses")) moment.at = Accesses{at.at("accesses").get<std::uint64_t>()};
  if (!json.at("to_bytes").is_null()) moment.to = Bytes(json.at("to_bytes").get<std::uint64_t>());
  moment.over_seconds = json.at("over_seconds").get<double>();
  return moment;
}

template <class E>
E word_from(const Json& json) {
  return from_string<E>(json.get<std::string>()).value_or(E{});
}

Application application_from(const Json& json) {
  return {.arguments = json.at("arguments").get<std::vector<std::string>>(),
          .prepare = json.at("prepare").get<std::vector<std::string>>(),
          .files = json.at("files").get<std::vector<std::string>>(),
          .packages = json.at("packages").get<std::vector<std::string>>(),
          .window = word_from<CommandWindow>(json.at("window")),
          .checksum = word_from<ReportedChecksum>(json.at("checksum"))};
}

Workload workload_from(const Json& json) {
  Workload workload;
  workload.engine = choice_from(json.at("engine"));
  workload.order = choice_from(json.at("order"));
  workload.advice = word_from<Advice>(json.at("advice"));
  workload.consume = word_from<Consume>(json.at("consume"));
  workload.block = Bytes(json.at("block_bytes").get<std::uint64_t>());
  workload.processes = json.at("processes").get<unsigned>();
  workload.threads = json.at("threads").get<unsigned>();
  workload.work = work_from(json.at("work"));
  workload.latency = word_from<Latency>(json.at("latency"));
  workload.binding = word_from<Binding>(json.at("binding"));
  if (const Json& writes = json.at("writes_percent"); !writes.is_null()) {
    workload.writes = writes.get<unsigned>();
  }
  if (const Json& arrivals = json.at("arrivals_per_second"); !arrivals.is_null()) {
    workload.arrivals_per_second = arrivals.get<std::uint64_t>();
  }
  workload.command = json.at("command").get<std::vector<std::string>>();
  workload.application = application_from(json.at("application"));
  workload.scenario = json.at("scenario").get<std::string>();
  workload.sink = choice_from(json.at("sink"));
  return workload;
}

Dataset dataset_from(const Json& json) {
  Dataset dataset;
  dataset.size = Bytes(json.at("size_bytes").get<std::uint64_t>());
  dataset.write_chunk = Bytes(json.at("write_chunk_bytes").get<std::uint64_t>());
  dataset.content = word_from<Content>(json.at("content"));
  dataset.medium = choice_from(json.at("medium"));
  dataset.seed = json.at("seed").get<std::uint64_t>();
  return dataset;
}

}  // namespace

std::string key_of(const Choice& choice) { return to_json(choice).dump(); }

Json to_json(const Trial& trial) {
  Json pressures = Json::array();
  for (const Choice& pressure : trial.pressures) pressures.push_back(to_json(pressure));
  Json schedule = Json::array();
  for (const Moment& moment : trial.schedule) schedule.push_back(to_json(moment));
  return {
      {"dataset",
       {{"size_bytes", trial.dataset.size.value},
        {"write_chunk_bytes", trial.dataset.write_chunk.value},
        {"content", to_string(trial.dataset.content)},
        {"medium", to_json(trial.dataset.medium)},
        {"seed", trial.dataset.seed}}},
      {"workload", to_json(trial.workload)},
      {"start", to_string(trial.start)},
      {"pressures", pressures},
      {"schedule", schedule},
      {"swap", to_json(trial.swap)},
      {"knobs", trial.knobs},
      {"budget",
       {{"wall_seconds", trial.budget.wall_seconds}, {"device_read_bytes", trial.budget.device_read.value}}},
      {"probes", trial.probes},
      {"sample_every_seconds", trial.sample_every_seconds}};
}

Trial trial_from_json(const Json& json) {
  Trial trial;
  trial.dataset = dataset_from(json.at("dataset"));
  trial.workload = workload_from(json.at("workload"));
  trial.start = word_from<Start>(json.at("start"));
  for (const Json& pressure : json.at("pressures")) trial.pressures.push_back(choice_from(pressure));
  for (const Json& moment : json.at("schedule")) trial.schedule.push_back(moment_from(moment));
  trial.swap = choice_from(json.at("swap"));
  trial.knobs = json.at("knobs").get<std::map<std::string, std::string>>();
  trial.budget.wall_seconds = json.at("budget").at("wall_seconds").get<double>();
  trial.budget.device_read = Bytes(json.at("budget").at("device_read_bytes").get<std::uint64_t>());
  trial.probes = json.at("probes").get<std::vector<std::string>>();
  trial.sample_every_seconds = json.at("sample_every_seconds").get<double>();
  return trial;
}

}  // namespace faultlab::config
