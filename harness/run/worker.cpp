// The child: one trial, once.
#include "run/worker.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "dataset/dataset.hpp"
#include "host/topology.hpp"
#include "measure/clock.hpp"
#include "os/bus_error.hpp"
#include "os/line_channel.hpp"
#include "os/mapping.hpp"
#include "os/process.hpp"
#include "record/record.hpp"
#include "run/ageing.hpp"
#include "run/command_run.hpp"
#include "run/company.hpp"
#include "run/crew.hpp"
#include "run/fault_meaning.hpp"
#include "run/protocol.hpp"
#include "run/scenario_run.hpp"
#include "run/shift.hpp"

namespace faultlab::run {
namespace {

// Passes before warming is given up; what is missing then is seen by the parent.
constexpr int kWarmPasses = 5;

class ChildTrial {
 public:
  ChildTrial(const Catalogue& catalogue, Assignment assignment, ProgressPage* progress)
      : catalogue_(catalogue), assignment_(std::move(assignment)), progress_(progress) {}

  // Everything before the window.
  Result<Json> prepare();
  Result<Window> work();
  // The signal that ended the user's program, where one did: an ending of its own, not a mere failure.
  std::optional<int> ended_by_signal() const { return ended_by_signal_; }
  std::optional<std::string> verify();
  // Where a mapped access failed, for the parent; in a signal handler.
  void note_unreadable(std::uintptr_t address) noexcept;
  std::optional<record::LatencyReport> latency() const;
  // Per thread; nothing of a command.
  std::optional<Json> thread_work() const;
  // Of this process and of the others that it has started; nothing where there are no workers.
  std::optional<Shift> shift() const { return shift_; }
  Readings readings(const Window& window) const;

 private:
  bool is_command() const { return engine_spec_->shape == Shape::command; }
  bool is_scenario() const { return engine_spec_->shape == Shape::scenario; }
  Result<> prepare_scenario();
  bool is_first() const { return assignment_.process == 0; }
  Result<> prepare_engine();
  Result<> establish_start();
  void make_probes();
  Result<> begin_pressures();
  Failure storage_failure(Error error) const;
  Result<Window> work_accesses();
  Result<Window> work_scenario();

  const Catalogue& catalogue_;
  Assignment assignment_;
  ProgressPage* progress_;
  const EngineSpec* engine_spec_ = nullptr;
  std::optional<host::Topology> topology_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Crew> crew_;
  Company company_;  // the other processes of the trial
  std::optional<Shift> shift_;
  Company::Findings others_;
  std::optional<ScenarioRun> scenario_;
  bool begun_ = false;
  std::atomic<std::uint32_t> unreadable_{0};
  std::optional<int> ended_by_signal_;
  std::vector<std::unique_ptr<Probe>> probes_;
  std::vector<std::unique_ptr<Pressure>>
      pressures_;  // those that act in this process; they end before the engine
};

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
    return Json::array({freed ? std::string("unbound") : freed.error().what});
  }
  if (is_scenario()) {
    auto bound = topology_->bind_worker(0, workload.binding);
    if (auto prepared = prepare_scenario(); !prepared) return propagate(std::move(prepared));
    return Json::array({bound ? std::to_string(*bound) : bound.error().what});
  }
  if (is_first()) {
    auto others = Company::muster(assignment_, *topology_);
    if (!others) return propagate(std::move(others));
    company_ = std::move(*others);
  }
  if (auto prepared = prepare_engine(); !prepared) return propagate(std::move(prepared));
  if (auto established = establish_start(); !established) return propagate(std::move(established));
  crew_->arm(assignment_.seed, workload.work);
  Json binding = crew_->binding();
  auto others = company_.ready();
  if (!others) return propagate(std::move(others));
  for (Json& each : *others) binding.push_back(std::move(each));
  return binding;
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
  const AccessSetup setup{.path = assignment_.dataset_path,
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
                          .stop = &progress_->sessions[assignment_.process].over};
  if (auto prepared = engine_->prepare(setup); !prepared) return prepared;
  auto crew = Crew::muster({.engine = engine_.get(),
                            .order = find(catalogue_.orders, trial.workload.order.kind),
                            .trial = &trial,
                            .topology = &*topology_,
                            .progress = progress_,
                            .faults = fault_meaning(*engine_spec_, trial, catalogue_),
                            .process = assignment_.process});
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
  if (trial.start != Start::cold && engine_spec_->uses_dataset && is_first()) {
    // A steady start may be of a file that cannot fit: one pass fills what memory there is.
    const int passes = trial.start == Start::warm ? kWarmPasses : 1;
    auto warmed =
        dataset::warm(assignment_.dataset_path, trial.dataset.size, trial.dataset.write_chunk, passes);
    if (!warmed) return warmed;
  }
  if (trial.start != Start::steady) return {};
  if (auto begun = engine_->begin(); !begun) return begun;
  begun_ = true;
  return age(*crew_, assignment_.seed, find(catalogue_.orders, trial.workload.order.kind)->covers);
}

void ChildTrial::note_unreadable(std::uintptr_t address) noexcept {
  if (!engine_ || !engine_spec_->uses_dataset) return;
  const auto bytes = engine_->memory();
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  if (address < begin || address - begin >= bytes.size()) return;
  if (unreadable_.exchange(1) == 0) {
    progress_->unreadable_offset.store(address - begin);
    progress_->unreadable.store(1);
  }
  // Of several threads the first is noted; the others must not end the process before that.
  while (progress_->unreadable.load() == 0) {
  }
}

// A failed access, with what the file and its device say now.
Failure ChildTrial::storage_failure(Error error) const {
  if (const auto offset = crew_->failed_at(); offset && engine_spec_->uses_dataset) {
    error.what +=
        "; " + dataset::why_unreadable(assignment_.dataset_path, assignment_.trial.dataset.size, *offset);
  }
  return Failure(std::move(error));
}

Result<Window> ChildTrial::work() {
  for (const auto& probe : probes_) probe->before();
  if (is_first()) {
    progress_->window_begin.store(now_ns());
    progress_->phase.store(Phase::running);
  }
  auto window = is_command()    ? run_command(assignment_.trial.workload.command, ended_by_signal_)
                : is_scenario() ? work_scenario()
                                : work_accesses();
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
  if (auto failure = crew_->failure(); !failure) return storage_failure(std::move(failure.error()));
  auto others = company_.closed();
  if (!others) return propagate(std::move(others));
  shift_ = shift_of(crew_->tallies());
  shift_->add(*others);
  // From the first worker's first access to the last one's end: waking them is not the method's cost. The
  // engine's own beginning is.
  Window window;
  window.wall_ns = Value::count(shift_->length_ns() + (begun_ ? 0 : setup));
  window.setup_ns =
      begun_ ? Value(Missing{"in a steady start the engine begins before the window"}) : Value::count(setup);
  window.accesses = Value::count(shift_->accesses);
  window.stores = Value::count(shift_->stores);
  window.syncs = Value::count(shift_->syncs);
  window.sync_ns = Value::count(shift_->sync_ns);
  window.idle_ns = Value::count(shift_->workers) * window.wall_ns - Value::count(shift_->at_work_ns);
  return window;
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
  if (!crew_) return std::nullopt;
  std::vector<record::ThreadWork> work;
  for (const Tally& tally : crew_->tallies()) work.push_back({tally.accesses, tally.checksum});
  Json all = record::to_json(work);
  for (const Json& each : others_.work) all.push_back(each);
  return all;
}

Readings ChildTrial::readings(const Window& window) const {
  Readings readings = {{"wall_ns", "clock", window.wall_ns},
                       {"setup_ns", "worker", window.setup_ns},
                       {"accesses", "worker", window.accesses},
                       {"stores", "worker", window.stores},
                       {"idle_ns", "worker", window.idle_ns}};
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
  Readings probed;
  for (const auto& probe : probes_) probe->report(probed);
  for (const Readings& theirs : others_.readings) add_readings(probed, theirs);
  readings.insert(readings.end(), probed.begin(), probed.end());
  for (const auto& pressure : pressures_) pressure->report(readings);
  return readings;
}

// One line to the parent: {key: value}.
Result<> report(os::LineWriter& reports, const char* key, Json value) {
  return reports.send(Json{{key, std::move(value)}}.dump());
}

Result<> report_failure(os::LineWriter& reports, const Error& error,
                        std::optional<int> signal = std::nullopt) {
  Json failure = {{"what", error.what}, {"remedy", error.remedy}};
  if (signal) failure["signal"] = *signal;
  return report(reports, kFailed, std::move(failure));
}

Result<> converse(os::LineReader& orders, os::LineWriter& reports, ChildTrial& trial) {
  auto ready = trial.prepare();
  if (!ready) return report_failure(reports, ready.error());
  if (auto sent = report(reports, kReady, std::move(*ready)); !sent) return sent;
  if (const auto word = orders.next(); !word || *word != kGo) return {};

  auto window = trial.work();
  if (!window) return report_failure(reports, window.error(), trial.ended_by_signal());
  if (auto sent = report(reports, kClosed, trial.shift() ? to_json(*trial.shift()) : Json()); !sent)
    return sent;
  if (const auto word = orders.next(); !word || *word != kVerify) return {};

  if (const auto wrong = trial.verify()) {
    if (auto sent = report(reports, kInvalid, *wrong); !sent) return sent;
  }
  if (const auto latency = trial.latency()) {
    if (auto sent = report(reports, kLatency, record::to_json(*latency)); !sent) return sent;
  }
  if (const auto work = trial.thread_work()) {
    if (auto sent = report(reports, kWork, *work); !sent) return sent;
  }
  record::Record carrier;
  carrier.readings = trial.readings(*window);
  return report(reports, kDone, record::to_json(carrier).at("readings"));
}

}  // namespace

int work_as_child(const Catalogue& catalogue) {
  ::signal(SIGPIPE, SIG_IGN);
  os::LineReader orders{os::Fd(kOrdersFd)};
  os::LineWriter reports{os::Fd(kReportsFd)};
  const os::Fd progress_fd(kProgressFd);
  auto mapping =
      os::Mapping::of_file(progress_fd, Bytes(sizeof(ProgressPage)), PROT_READ | PROT_WRITE, MAP_SHARED);
  if (!mapping) return report_failure(reports, mapping.error()) ? 0 : 1;
  const auto first = orders.next();
  if (!first || !*first) return 1;
  ChildTrial trial(catalogue, assignment_from_json(Json::parse(**first)),
                   reinterpret_cast<ProgressPage*>(mapping->data()));
  auto caught = os::on_bus_error(
      [](void* context, std::uintptr_t address) {
        static_cast<ChildTrial*>(context)->note_unreadable(address);
      },
      &trial);
  if (!caught) return report_failure(reports, caught.error()) ? 0 : 1;
  return converse(orders, reports, trial) ? 0 : 1;
}

}  // namespace faultlab::run
