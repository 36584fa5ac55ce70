// One trial, once.
#include "run/child_trial.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "dataset/dataset.hpp"
#include "dataset/files.hpp"
#include "measure/clock.hpp"
#include "os/process.hpp"
#include "record/record.hpp"
#include "run/ageing.hpp"
#include "run/fault_meaning.hpp"
#include "run/transfer_readings.hpp"

namespace faultlab::run {
namespace {

// Passes before warming is given up; what is missing then is seen by the parent.
constexpr int kWarmPasses = 5;

// The engine's own account, as far as it keeps one.
void add_account(Readings& readings, Accounts kept, const Window& window) {
  const auto put = [&](const char* metric, std::uint64_t count) {
    readings.push_back({metric, "engine", Value::count(count)});
  };
  if (kept == Accounts::calls || kept == Accounts::calls_and_lookups) put("syscalls", window.account.calls);
  if (kept == Accounts::lookups || kept == Accounts::calls_and_lookups) {
    put("lookup_hits", window.account.hits);
    put("lookup_misses", window.account.misses);
  }
}

// Where the trial's threads are, as a record has it.
Json bound_to(Json workers) { return {{"workers", std::move(workers)}}; }

}  // namespace

Result<Json> ChildTrial::prepare() {
  const auto& workload = assignment_.trial.workload;
  engine_spec_ = find(catalogue_.engines, workload.engine.kind);
  if (engine_spec_ == nullptr) return fail("no engine is called " + workload.engine.kind);
  make_probes();
  auto topology = host::Topology::load();
  if (!topology) return propagate(std::move(topology));
  topology_ = std::move(*topology);
  if (is_command()) {
    // The user's program shall not inherit the observer's single unit.
    auto freed = topology_->bind_worker(0, config::Binding::none);
    if (assignment_.trial.start == Start::warm) {
      auto warmed = dataset::warm(assignment_.files, assignment_.trial.dataset.write_chunk, kWarmPasses);
      if (!warmed) return propagate(std::move(warmed));
    }
    return bound_to(Json::array({freed ? std::string("unbound") : freed.error().what}));
  }
  if (is_scenario()) {
    auto bound = topology_->bind_worker(0, workload.binding);
    if (auto prepared = prepare_scenario(); !prepared) return propagate(std::move(prepared));
    return bound_to(Json::array({bound ? std::to_string(*bound) : bound.error().what}));
  }
  if (is_first()) {
    auto others = Company::muster(assignment_, *topology_);
    if (!others) return propagate(std::move(others));
    company_ = std::move(*others);
  }
  if (is_transfer()) {
    auto delivery = Delivery::open(catalogue_, assignment_.trial, assignment_.dataset().path, *topology_);
    if (!delivery) return propagate(std::move(delivery));
    delivery_.emplace(std::move(*delivery));
  }
  if (auto prepared = prepare_engine(); !prepared) return propagate(std::move(prepared));
  if (auto established = establish_start(); !established) return propagate(std::move(established));
  crew_->arm(assignment_.seed, workload.work, Crew::Loop::open);
  Json binding = crew_->binding();
  auto others = company_.ready();
  if (!others) return propagate(std::move(others));
  for (Json& each : *others) binding.push_back(std::move(each));
  Json bound = bound_to(std::move(binding));
  if (delivery_) bound["receiver"] = delivery_->receiver_unit();
  return bound;
}

void ChildTrial::make_probes() {
  for (const std::string& name : assignment_.trial.probes) {
    const ProbeSpec* spec = find(catalogue_.probes, name);
    if (spec != nullptr && spec->side == ProbeSide::child) probes_.push_back(spec->make({}));
  }
}

Result<> ChildTrial::prepare_engine() {
  const auto& trial = assignment_.trial;
  engine_ = engine_spec_->make();
  const AccessSetup setup{.path = assignment_.dataset().path,
                          .size = trial.dataset.size,
                          .block = trial.workload.block,
                          .consume = trial.workload.consume,
                          .advice = trial.workload.advice,
                          .start = trial.start,
                          .latency = trial.workload.latency,
                          .threads = trial.workload.threads,
                          .content = trial.dataset.spec(),
                          .writes = trial.workload.writes,
                          .options = trial.workload.engine.options,
                          .connections = delivery_ ? delivery_->connections() : std::span<const Connection>(),
                          .stop = &progress_->sessions[assignment_.process].over};
  if (auto prepared = engine_->prepare(setup); !prepared) return prepared;
  const bool by_calls = engine_spec_->stores && engine_spec_->kernel_work == KernelWork::calls;
  auto crew = Crew::muster({.engine = engine_.get(),
                            .order = find(catalogue_.orders, trial.workload.order.kind),
                            .trial = &trial,
                            .topology = &*topology_,
                            .progress = progress_,
                            .faults = fault_meaning(*engine_spec_, trial, catalogue_),
                            .process = assignment_.process,
                            .written = by_calls ? assignment_.dataset().path : std::string()});
  if (!crew) return propagate(std::move(crew));
  crew_ = std::move(*crew);
  return {};
}

Result<> ChildTrial::prepare_scenario() {
  const auto& trial = assignment_.trial;
  const ScenarioSpec* spec = find(catalogue_.scenarios, trial.workload.scenario);
  if (spec == nullptr) return fail("no scenario is called " + trial.workload.scenario);
  auto run = ScenarioRun::prepare(
      *spec, {assignment_.data_folder, pages_ceil(trial.dataset.size).value, assignment_.seed});
  if (!run) return propagate(std::move(run));
  scenario_.emplace(std::move(*run));
  progress_->workers[0].process.store(::getpid());
  progress_->workers[0].thread.store(os::thread_id());
  return {};
}

// The child does this itself, inside its cgroup: pages are charged to whoever brings them in.
Result<> ChildTrial::establish_start() {
  const auto& trial = assignment_.trial;
  const bool in_cache = engine_spec_->uses_dataset && engine_spec_->kept == Kept::by_kernel;
  if (trial.start != Start::cold && in_cache && is_first()) {
    // A steady start may be of a file that cannot fit: one pass fills what memory there is.
    const int passes = trial.start == Start::warm ? kWarmPasses : 1;
    auto warmed = dataset::warm(assignment_.files, trial.dataset.write_chunk, passes);
    if (!warmed) return warmed;
  }
  if (trial.start != Start::steady) return {};
  if (auto begun = engine_->begin(); !begun) return begun;
  begun_ = true;
  if (auto filled = engine_->fill(); !filled) return filled;
  return age(*crew_, assignment_.seed, find(catalogue_.orders, trial.workload.order.kind)->covers);
}

void ChildTrial::note_unreadable(std::uintptr_t address) noexcept {
  if (!engine_ || !engine_spec_->uses_dataset) return;
  const auto offset = engine_->offset_at(address);
  if (!offset) return;
  if (unreadable_.exchange(1) == 0) {
    progress_->unreadable_offset.store(*offset);
    progress_->unreadable.store(1);
  }
  // Of several threads the first is noted; the others must not end the process before that.
  while (progress_->unreadable.load() == 0) {
  }
}

// A failed access, with what the file and its device, or the receiver, say now.
Failure ChildTrial::explained(Error error) {
  const bool reader_gone = delivery_ && (error.code == EPIPE || error.code == ECONNRESET);
  if (reader_gone) return Failure(delivery_->explain(std::move(error)));
  if (const auto offset = crew_->failed_at(); offset && engine_spec_->uses_dataset) {
    error.what +=
        "; " + dataset::why_unreadable(assignment_.dataset().path, assignment_.trial.dataset.size, *offset);
  }
  return Failure(std::move(error));
}

Result<Window> ChildTrial::work() {
  for (const auto& probe : probes_) probe->before();
  if (is_first()) {
    progress_->window_begin.store(now_ns());
    progress_->phase.store(Phase::running);
  }
  auto window = is_command() ? work_command() : is_scenario() ? work_scenario() : work_accesses();
  if (is_first()) {
    progress_->window_end.store(now_ns());
    progress_->phase.store(Phase::done);
  }
  for (const auto& probe : probes_) probe->after();
  return window;
}

Result<> ChildTrial::begin_pressures() {
  for (const Choice& choice : assignment_.trial.pressures) {
    const PressureSpec* spec = find(catalogue_.pressures, choice.kind);
    if (spec == nullptr || spec->side != PressureSide::trial) continue;
    pressures_.push_back(spec->make());
    auto applied = pressures_.back()->apply({.memory = engine_->memory()}, choice.options);
    if (!applied) return propagate(std::move(applied));
  }
  for (const auto& pressure : pressures_) pressure->begin();
  return {};
}

Result<Window> ChildTrial::work_accesses() {
  const std::uint64_t begin = now_ns();
  if (!begun_) {
    if (auto begun = engine_->begin(); !begun) return propagate(std::move(begun));
  }
  const std::uint64_t setup = now_ns() - begin;
  if (auto pressed = begin_pressures(); !pressed) return propagate(std::move(pressed));
  company_.go();
  crew_->work();
  for (const auto& pressure : pressures_) pressure->end();
  if (auto failure = crew_->failure(); !failure) return explained(std::move(failure.error()));
  auto others = company_.closed();
  if (!others) return propagate(std::move(others));
  shift_ = shift_of(crew_->tallies());
  shift_->add(*others);
  if (delivery_) {
    if (auto completed = delivery_->complete(); !completed) return propagate(std::move(completed));
  }
  // From the first worker's first access to the last one's end: waking them is not the method's cost. The
  // engine's own beginning is. A transfer lasts until all has arrived.
  const std::uint64_t end = std::max(shift_->end_ns, delivery_ ? delivery_->last_ns() : 0);
  Window window;
  window.wall_ns = Value::count(end - shift_->begin_ns + (begun_ ? 0 : setup));
  window.setup_ns =
      begun_ ? Value(Missing{"in a steady start the engine begins before the window"}) : Value::count(setup);
  window.accesses = Value::count(shift_->accesses);
  window.stores = Value::count(shift_->stores);
  window.syncs = Value::count(shift_->syncs);
  window.sync_ns = Value::count(shift_->sync_ns);
  window.account = shift_->account;
  window.late = Value::count(shift_->late);
  window.idle_ns = Value::count(shift_->workers) * window.wall_ns - Value::count(shift_->at_work_ns);
  return window;
}

bool ChildTrial::launches_first() const {
  return is_command() && assignment_.trial.workload.application.window == config::CommandWindow::marked;
}

Result<> ChildTrial::start_command() {
  auto started = CommandRun::start(assignment_.trial.workload.command, progress_);
  if (!started) return propagate(std::move(started));
  command_.emplace(std::move(*started));
  return {};
}

Result<> ChildTrial::launch() {
  if (auto started = start_command(); !started) return started;
  return command_->to_begin();
}

Result<> ChildTrial::leave() { return launches_first() ? command_->to_exit() : Result<>(); }

Result<std::uint64_t> ChildTrial::run_whole_command() {
  if (auto started = start_command(); !started) return propagate(std::move(started));
  if (auto exit = command_->to_exit(); !exit) return propagate(std::move(exit));
  return now_ns();
}

Result<Window> ChildTrial::work_command() {
  const std::uint64_t begin = now_ns();
  auto end = launches_first() ? command_->to_end() : run_whole_command();
  if (!end) return propagate(std::move(end));
  return Window{.wall_ns = Value::count(*end - begin),
                .setup_ns = Missing{"a command has no set-up of its own"},
                .stores = Missing{"a command's stores cannot be seen from outside"},
                .idle_ns = Missing{"nobody knows when a command's threads have nothing to do"}};
}

Result<Window> ChildTrial::work_scenario() {
  auto took = scenario_->act();
  if (!took) return propagate(std::move(took));
  const Missing none{"a scenario makes no accesses to blocks"};
  return Window{.wall_ns = Value::count(*took),
                .setup_ns = Missing{"a scenario is set up before the window"},
                .accesses = none,
                .stores = none,
                .idle_ns = Missing{"a scenario has no workers"},
                .events = Value::count(scenario_->events())};
}

// What makes the trial no measurement; nothing where it is one.
std::optional<std::string> ChildTrial::verify() {
  auto heard = company_.verify();
  if (!heard) return heard.error().what;
  others_ = std::move(*heard);
  if (others_.wrong) return others_.wrong;
  for (const auto& pressure : pressures_) {
    if (auto short_of = pressure->shortfall(); !short_of.empty()) return short_of;
  }
  if (scenario_) return scenario_->verify();
  if (delivery_) {
    auto arrivals = delivery_->arrivals();
    if (!arrivals) return arrivals.error().what;
    crew_->arrived(std::move(*arrivals));
  }
  return crew_ ? crew_->verify() : std::nullopt;
}

std::optional<record::LatencyReport> ChildTrial::latency() const {
  auto report = crew_ ? crew_->latency() : std::nullopt;
  if (report) {
    for (const auto& theirs : others_.latency) report->counts.merge(theirs.counts);
  }
  return report;
}

std::optional<Json> ChildTrial::thread_work() const {
  if (command_) return work_of(command_->report());
  if (!crew_) return std::nullopt;
  std::vector<record::ThreadWork> work;
  for (const Tally& tally : crew_->tallies()) work.push_back({tally.accesses, tally.checksum});
  for (std::size_t i = 0; i < crew_->arrived().size(); ++i) work[i].checksum = crew_->arrived()[i].checksum;
  Json all = record::to_json(work);
  for (const Json& each : others_.work) all.push_back(each);
  return all;
}

// What the probes of the trial's processes say.
Readings ChildTrial::probed() const {
  Readings readings;
  for (const auto& probe : probes_) probe->report(readings);
  for (const Readings& theirs : others_.readings) add_readings(readings, theirs);
  if (!launches_first()) return readings;
  for (Reading& reading : readings) {
    reading = {
        reading.metric, reading.source,
        Missing{"the program goes on after its window, and this source counts children that have ended"}};
  }
  return readings;
}

Readings ChildTrial::readings(const Window& window) const {
  Readings readings = {{"wall_ns", "clock", window.wall_ns},
                       {"setup_ns", "worker", window.setup_ns},
                       {"stores", "worker", window.stores},
                       {"idle_ns", "worker", window.idle_ns}};
  if (command_) {
    add_report(readings, command_->report());
  } else {
    readings.push_back({"accesses", "worker", window.accesses});
  }
  if (engine_spec_->syncs) {
    readings.push_back({"syncs", "worker", window.syncs});
    readings.push_back({"sync_ns", "worker", window.sync_ns});
  }
  if (scenario_) {
    readings.push_back({"events", "scenario", window.events});
    readings.push_back({"event_ns", "scenario", window.wall_ns / window.events});
    readings.push_back({"minor_faults", "scenario", Value(scenario_->minor_faults())});
    readings.push_back({"major_faults", "scenario", Value(scenario_->major_faults())});
  }
  if (assignment_.trial.workload.arrivals_per_second)
    readings.push_back({"late_starts", "worker", window.late});
  add_account(readings, engine_spec_->accounts, window);
  if (delivery_) add_transfer(readings, crew_->tallies(), *delivery_);
  const Readings of_probes = probed();
  readings.insert(readings.end(), of_probes.begin(), of_probes.end());
  for (const auto& pressure : pressures_) pressure->report(readings);
  return readings;
}

}  // namespace faultlab::run
