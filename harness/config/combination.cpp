// The rules on combinations of fields: checked on a whole cell, with its levels set.
#include <fmt/format.h>

#include <algorithm>

#include "config/command.hpp"
#include "config/nearest.hpp"

namespace faultlab::config {

void refuse_access_fields(const Combined& check, Rule rule, std::string_view why) {
  const Workload& workload = check.draft.trial.workload;
  const auto refuse = [&](std::string_view path, bool differs) {
    if (!differs) return;
    check.problem(
        rule, path,
        fmt::format("{} means nothing to engine {}, which {}", path, check.draft.engine->row.name, why),
        "remove it");
  };
  refuse("workload.order", check.present("workload.order"));
  refuse("workload.work", check.present("workload.work"));
  refuse("workload.block", check.draft.block && *check.draft.block != *parse_size(kDefaultBlock));
  refuse("workload.consume", workload.consume != Consume::touch);
  refuse("workload.advice", check.draft.advice && *check.draft.advice != Advice::normal);
  refuse("workload.writes", workload.writes.has_value());
  refuse("workload.arrivals_per_second", workload.arrivals_per_second.has_value());
  refuse("workload.latency", workload.latency != Latency::off);
  refuse("workload.processes", check.draft.processes && *check.draft.processes != 1);
  refuse("workload.threads", check.draft.threads && *check.draft.threads != 1);
}

namespace {

void check_scenario(const Combined& check) {
  const Trial& trial = check.draft.trial;
  if (!check.present("workload.scenario")) {
    check.problem(Rule::scenario_only, "workload.engine",
                  fmt::format("engine {} needs workload.scenario, the event that it brings about",
                              check.draft.engine->row.name),
                  "write \"scenario\": \"NAME\" in the workload; `faultlab list scenarios` has the names");
  }
  refuse_access_fields(check, Rule::scenario_only, "makes no accesses to blocks");
  if (check.draft.start.value_or(Start::cold) != Start::cold) {
    check.problem(Rule::scenario_only, "start", "a scenario brings about its own state", "remove it");
  }
  if (trial.swap.kind != kDefaultSwap) {
    check.problem(Rule::scenario_only, "swap", "a scenario that swaps brings its own area", "remove it");
  }
  if (check.draft.size && check.draft.size->value % kScenarioUnit.value != 0) {
    check.problem(
        Rule::scenario_pages, "dataset.size",
        fmt::format("a scenario is about whole huge pages, {} is none", size_text(*check.draft.size)),
        "choose a multiple of 2 MiB");
  }
}

void check_no_scenario(const Combined& check) {
  if (!check.present("workload.scenario")) return;
  check.problem(Rule::scenario_only, "workload.scenario",
                fmt::format("engine {} brings about no scenario", check.draft.engine->row.name),
                "remove it, or choose the engine scenario");
}

// A file grows with what is written to it.
bool is_one_pass(const std::optional<Work>& work) {
  const auto* passes = work ? std::get_if<Passes>(&*work) : nullptr;
  return passes != nullptr && passes->count == 1;
}

void check_sink(const Combined& check) {
  const EngineSpec& engine = *check.draft.engine;
  const SinkSpec* sink = check.draft.sink;
  if (sink == nullptr) return;
  const std::string_view refusal = engine.refuses_sink == nullptr ? "" : engine.refuses_sink(sink->kind);
  if (!refusal.empty()) {
    std::vector<std::string_view> fitting;
    for (const SinkSpec* each : check.context.catalogue.sinks) {
      if (engine.refuses_sink(each->kind).empty()) fitting.push_back(each->row.name);
    }
    check.problem(Rule::sink_fits, "workload.sink",
                  fmt::format("engine {} cannot send to {}: {}", engine.row.name, sink->row.name, refusal),
                  one_of(fitting));
  }
  if (sink->kind == SinkKind::file && check.draft.work && !is_one_pass(check.draft.work)) {
    check.problem(Rule::sink_fits, "workload.work",
                  fmt::format("the sink {} would grow with everything that is sent", sink->row.name),
                  "write \"work\": {\"passes\": 1}");
  }
}

void check_transfer(const Combined& check) {
  const std::string_view engine = check.draft.engine->row.name;
  if (!check.present("workload.sink")) {
    check.problem(Rule::transfer_only, "workload.engine",
                  fmt::format("engine {} needs workload.sink, where it sends the blocks to", engine),
                  one_of(names_in(check.context.catalogue.sinks)));
  }
  const auto refuse = [&](std::string_view path, bool present, std::string_view why, std::string remedy) {
    if (!present) return;
    check.problem(Rule::transfer_only, path, fmt::format("{} with engine {}: {}", path, engine, why),
                  std::move(remedy));
  };
  refuse("workload.consume", check.draft.trial.workload.consume != Consume::touch,
         "it is the receiver that looks at the bytes, or not", "remove it, and see the options of the sink");
  refuse("workload.processes", check.draft.processes.value_or(1) != 1, "one process sends",
         "use workload.threads, each of which has a connection of its own");
  refuse("start", check.draft.start == Start::steady, "what an ageing would send nobody receives",
         "start cold or warm");
  check_sink(check);
}

void check_no_sink(const Combined& check) {
  if (!check.present("workload.sink")) return;
  check.problem(Rule::transfer_only, "workload.sink",
                fmt::format("engine {} sends nothing anywhere", check.draft.engine->row.name),
                "remove it, or choose an engine that moves blocks to a sink");
}

void check_access(const Combined& check) {
  const std::string_view engine = check.draft.engine->row.name;
  if (!check.present("workload.order")) {
    check.problem(Rule::access_needs, "workload", fmt::format("engine {} needs workload.order", engine),
                  one_of(names_in(check.context.catalogue.orders)));
  }
  if (!check.present("workload.work")) {
    check.problem(Rule::access_needs, "workload", fmt::format("engine {} needs workload.work", engine),
                  "write \"work\": {\"seconds\": 2}, or accesses, or passes");
  }
}

void check_advice(const Combined& check) {
  const EngineSpec& engine = *check.draft.engine;
  if (!check.draft.advice || !is_of_blocks(engine.shape) || *check.draft.advice == Advice::normal) return;
  if (std::find(engine.advices.begin(), engine.advices.end(), *check.draft.advice) != engine.advices.end()) {
    return;
  }
  std::vector<std::string_view> names = {"normal"};
  for (const Advice each : engine.advices) {
    if (each != Advice::normal) names.push_back(to_string(each));
  }
  check.problem(
      Rule::advice_belongs, "workload.advice",
      fmt::format("advice {} means nothing to engine {}", to_string(*check.draft.advice), engine.row.name),
      one_of(names));
}

void check_consume(const Combined& check) {
  const EngineSpec& engine = *check.draft.engine;
  if (!engine.queues || check.draft.trial.workload.consume != Consume::chase) return;
  check.problem(
      Rule::chase_in_turn, "workload.consume",
      fmt::format("engine {} has several accesses under way together, and in a chase each needs the one "
                  "before",
                  engine.row.name),
      "choose touch, or another engine");
}

// Warmth is in the page cache, which not every engine reads through.
void check_start(const Combined& check) {
  const EngineSpec& engine = *check.draft.engine;
  if (engine.kept == Kept::by_kernel || check.draft.start != Start::warm) return;
  check.problem(Rule::warm_is_kept, "start",
                fmt::format("engine {} does not read through the page cache, which a warm start fills",
                            engine.row.name),
                engine.kept == Kept::by_engine ? "start steady, which fills the engine's own memory, or cold"
                                               : "start cold, or steady");
}

void check_writes(const Combined& check) {
  const auto& writes = check.draft.trial.workload.writes;
  const EngineSpec& engine = *check.draft.engine;
  if (!writes) return;
  if (!engine.stores) {
    std::vector<std::string_view> storing;
    for (const EngineSpec* each : check.context.catalogue.engines) {
      if (each->stores) storing.push_back(each->row.name);
    }
    check.problem(
        Rule::writes_belong, "workload.writes",
        fmt::format("engine {} stores nothing: workload.writes means nothing to it", engine.row.name),
        storing.empty() ? "remove it" : "remove it, or choose an engine that stores; " + one_of(storing));
    return;
  }
  const bool cold = check.draft.start && *check.draft.start == Start::cold;
  const bool zeros = check.draft.trial.dataset.content == Content::zero;
  if (*writes < kMostPercent && !engine.uses_dataset && cold && !zeros) {
    check.problem(Rule::writes_find_content, "workload.writes",
                  fmt::format("untouched memory of engine {} holds zeros, not the content: with a cold start "
                              "every access must store",
                              engine.row.name),
                  "start warm or steady, set dataset.content to \"zero\", or leave workload.writes out");
  }
}

void check_blocks(const Combined& check) {
  if (!check.draft.size || !check.draft.block) return;
  const Bytes size = *check.draft.size;
  const Bytes block = *check.draft.block;
  if (block > size || size.value % block.value != 0) {
    check.problem(Rule::block_divides, "workload.block",
                  fmt::format("the dataset of {} is not a whole number of blocks of {}", size_text(size),
                              size_text(block)),
                  "choose a block that divides the dataset's size");
    return;
  }
  if (!check.draft.threads || !check.draft.processes) return;
  const std::uint64_t blocks = size.value / block.value;
  const std::uint64_t workers = std::uint64_t{*check.draft.processes} * *check.draft.threads;
  const std::uint64_t most = std::min<std::uint64_t>(blocks, kMaxWorkers);
  if (workers > most) {
    check.problem(Rule::threads_fit, "workload.threads",
                  workers > blocks
                      ? fmt::format("{} threads share {} blocks: some would have none", workers, blocks)
                      : fmt::format("{} threads in all processes are too many", workers),
                  fmt::format("use at most {} threads in all processes together, a smaller block or a larger "
                              "dataset",
                              most));
  }
}

// What only one process can do: an age is counted by one crew, and a pressure on the trial's own memory acts
// in the process that has it.
void check_processes(const Combined& check) {
  if (check.draft.processes.value_or(1) == 1) return;
  const auto refuse = [&](std::string_view path, bool present, std::string_view why) {
    if (!present) return;
    check.problem(Rule::processes_fit, path, fmt::format("{} with several processes: {}", path, why),
                  "use workload.threads instead of workload.processes");
  };
  refuse("start", check.draft.start == Start::steady, "a steady state is found by one process");
  for (const Choice& pressure : check.draft.trial.pressures) {
    const PressureSpec* spec = find(check.context.catalogue.pressures, pressure.kind);
    refuse("pressure." + pressure.kind, spec != nullptr && spec->side == PressureSide::trial,
           "it acts on the memory of one");
  }
}

void check_work(const Combined& check) {
  if (!check.draft.work) return;
  const OrderSpec* order = check.draft.order;
  if (std::holds_alternative<Passes>(*check.draft.work) && order != nullptr && !order->covers) {
    std::vector<std::string_view> covering;
    for (const OrderSpec* each : check.context.catalogue.orders) {
      if (each->covers) covering.push_back(each->row.name);
    }
    check.problem(Rule::passes_cover, "workload.work",
                  fmt::format("order {} does not visit every block once: it has no passes", order->row.name),
                  "count accesses or seconds, or choose a covering order; " + one_of(covering));
  }
  const auto* seconds = std::get_if<Seconds>(&*check.draft.work);
  if (seconds != nullptr && check.draft.wall_seconds && seconds->count >= *check.draft.wall_seconds) {
    check.problem(Rule::budget_fits, "workload.work",
                  fmt::format("{} s of work do not fit into budget.wall, {} s for the whole trial",
                              seconds->count, *check.draft.wall_seconds),
                  "raise budget.wall or work for fewer seconds");
  }
}

// The option that a complaint about a pressure's ceiling is shown at: the first size that was written.
std::string ceiling_path(const Combined& check, const PressureSpec& spec) {
  const std::string pressure = fmt::format("pressure.{}", spec.row.name);
  for (const OptionSpec& option : spec.row.options) {
    const std::string path = fmt::format("{}.{}", pressure, option.name);
    if (option.type == OptionType::size && check.present(path)) return path;
  }
  return pressure;
}

void check_memory(const Combined& check) {
  for (const Choice& pressure : check.draft.trial.pressures) {
    const PressureSpec* spec = find(check.context.catalogue.pressures, pressure.kind);
    if (spec == nullptr) continue;
    const Bytes ceiling = spec->ceiling(pressure.options);
    const EngineSpec* engine = check.draft.engine;
    if (engine != nullptr && engine->pool_page != nullptr && ceiling != kNoLimit) {
      check.problem(Rule::limit_reaches, ceiling_path(check, *spec),
                    fmt::format("{} does not reach the memory of engine {}: huge pages of a pool are neither "
                                "charged to a cgroup nor reclaimed",
                                pressure.kind, engine->row.name),
                    "lift the limit (\"none\"), exclude the cell, or use anon_huge");
      continue;
    }
    if (ceiling < kLeastCeiling) {
      check.problem(Rule::limit_floor, ceiling_path(check, *spec),
                    fmt::format("{} leaves the trial {}: it would be killed at exec", pressure.kind,
                                size_text(ceiling)),
                    fmt::format("leave it at least {}", size_text(kLeastCeiling)));
    }
    const bool warm = check.draft.start && *check.draft.start == Start::warm;
    if (warm && check.draft.size && ceiling < *check.draft.size) {
      check.problem(Rule::warm_fits, "start",
                    fmt::format("a warm start holds the whole dataset, {}, but {} leaves {}",
                                size_text(*check.draft.size), pressure.kind, size_text(ceiling)),
                    "start steady, which fills what fits, or raise the limit, or exclude the cell");
    }
  }
}

void check_pressures(const Combined& check) {
  if (check.draft.engine == nullptr || !check.draft.start) return;
  for (const Choice& pressure : check.draft.trial.pressures) {
    const PressureSpec* spec = find(check.context.catalogue.pressures, pressure.kind);
    if (spec == nullptr || spec->refuses == nullptr) continue;
    auto refusal = spec->refuses(pressure.options, *check.draft.engine, *check.draft.start);
    if (!refusal) continue;
    check.problem(Rule::pressure_fits, fmt::format("pressure.{}", pressure.kind), std::move(refusal->what),
                  std::move(refusal->remedy));
  }
}

void check_medium(const Combined& check) {
  const Choice& medium = check.draft.trial.dataset.medium;
  const MediumSpec* spec = find(check.context.catalogue.media, medium.kind);
  if (spec == nullptr || !check.draft.engine->uses_dataset) return;
  if (spec->store != Store::host && check.draft.size && medium.options.bytes("size") < *check.draft.size) {
    check.problem(Rule::medium_holds, "dataset.medium",
                  fmt::format("the medium of {} does not hold the dataset of {}",
                              size_text(medium.options.bytes("size")), size_text(*check.draft.size)),
                  "choose a larger medium: a file system takes some of it for itself");
  }
  if (spec->keeps_pages && check.draft.start && *check.draft.start != Start::warm) {
    check.problem(
        Rule::medium_warm, "start",
        fmt::format("on {} the pages are the file: none can be dropped from memory, so that no start is {}",
                    medium.kind, to_string(*check.draft.start)),
        "write \"start\": \"warm\", or choose another medium");
  }
}

void check_content(const Combined& check) {
  const EngineSpec& engine = *check.draft.engine;
  if (check.draft.trial.dataset.content != Content::sparse || (engine.uses_dataset && !engine.stores)) return;
  check.problem(Rule::sparse_is_read, "dataset.content",
                fmt::format("a sparse file is only read; engine {} does not", engine.row.name),
                "write \"content\": \"zero\", or choose an engine that reads a file");
}

void check_engine(const Combined& check) {
  const Shape shape = check.draft.engine->shape;
  if (shape != Shape::command) check_no_command(check);
  if (shape != Shape::scenario) check_no_scenario(check);
  if (shape != Shape::transfer) check_no_sink(check);
  if (shape == Shape::command) return check_command(check);
  if (shape == Shape::scenario) return check_scenario(check);
  if (shape == Shape::transfer) check_transfer(check);
  check_access(check);
  check_advice(check);
  check_consume(check);
  check_start(check);
  check_writes(check);
  check_blocks(check);
  check_processes(check);
  check_work(check);
  check_medium(check);
  check_content(check);
}

}  // namespace

void check_combination(const Node& root, const Draft& draft, const Context& context) {
  const Combined check{root, draft, context};
  if (draft.engine != nullptr) check_engine(check);
  check_memory(check);
  check_pressures(check);
  check_schedule(root, draft, context);
}

}  // namespace faultlab::config
