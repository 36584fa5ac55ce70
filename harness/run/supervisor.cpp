// One trial, supervised.
#include "run/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "catalogue/names.hpp"
#include "measure/clock.hpp"
#include "record/derive.hpp"
#include "record/latency_report.hpp"
#include "run/budget.hpp"
#include "run/child_link.hpp"
#include "run/ending.hpp"
#include "run/findings.hpp"
#include "run/outcome.hpp"
#include "run/protocol.hpp"
#include "run/sampler.hpp"
#include "run/settling.hpp"
#include "run/starting_state.hpp"
#include "run/trial_host.hpp"

namespace faultlab::run {
namespace {

using record::Outcome;

// Budgets are looked at this often, also when no series is wanted.
constexpr std::uint64_t kLookEveryNs = 100'000'000;
// How long a trial that was asked to stop may take to close its window: one access can be a read of
// several megabytes from a busy device.
constexpr std::uint64_t kGraceNs = 3'000'000'000;
// Steal above this share of the window marks a trial unstable.
constexpr double kStealShare = 0.01;

class Supervisor {
 public:
  Supervisor(const Stage& stage, const config::Experiment& experiment, const plan::PlannedTrial& planned,
             const record::RunFolder& folder);
  record::Record run();

 private:
  OrEnding<> go_through_stages();
  OrEnding<> start_child();
  void bind_observer();
  OrEnding<> verify_start();
  OrEnding<> launch();
  OrEnding<> window();
  OrEnding<> collect();

  // The child's next line under this key; anything else that happens first is the trial's ending.
  OrEnding<Json> await(const char* key);
  OrEnding<Json> read_line(const char* key);
  OrEnding<> look_at_budgets();
  void ask_to_stop(Ending reason);
  Ended death_of_child();
  Ended or_oom(Ended ended);
  int milliseconds_to_next_look() const;

  void note_phase(const char* name);
  void report_probes();
  void finish_record(const Ending& ending);

  const Stage& stage_;
  const config::Trial& trial_;
  const EngineSpec* engine_;
  const record::RunFolder& folder_;
  record::Record record_;

  TrialHost host_;
  std::vector<DataFile> files_;  // the dataset's, or those of a command
  std::optional<ChildLink> link_;
  std::vector<std::unique_ptr<Probe>> probes_;
  std::optional<Sampler> sampler_;

  std::uint64_t began_ns_ = now_ns();
  std::uint64_t phase_began_ns_ = now_ns();
  std::uint64_t next_look_ns_ = 0;
  std::uint64_t next_watch_ns_ = 0;
  const MediumSpec& medium() const { return *find(stage_.catalogue.media, trial_.dataset.medium.kind); }
  unsigned workers() const { return trial_.workload.processes * trial_.workload.threads; }
  bool sampling() const { return trial_.sample_every_seconds > 0 && !stage_.emulated; }

  bool window_opened_ = false;
  bool window_read_ = false;
  std::optional<Ending> stop_reason_;  // set: the child has been asked to stop
  std::uint64_t grace_ends_ns_ = 0;
  std::string invalid_;
  Json latency_;  // as the child sent it
};

Supervisor::Supervisor(const Stage& stage, const config::Experiment& experiment,
                       const plan::PlannedTrial& planned, const record::RunFolder& folder)
    : stage_(stage),
      trial_(experiment.cells[planned.cell].trial),
      engine_(find(stage.catalogue.engines, trial_.workload.engine.kind)),
      folder_(folder) {
  record_.run = folder.id();
  record_.experiment = experiment.name;
  record_.cell = experiment.cells[planned.cell].cell;
  record_.trial = planned.trial;
  record_.sequence = planned.sequence;
  record_.seed = planned.seed;
  record_.started_at = record::utc_now();
  record_.start_requested = to_string(trial_.start);
  if (trial_.workload.latency == Latency::off) record_.latency["missing"] = "workload.latency is off";
  if (!trial_.workload.command.empty())
    record_.work["missing"] = "a command's accesses cannot be seen from outside";
  if (!trial_.workload.scenario.empty()) record_.work["missing"] = "a scenario makes no accesses to blocks";
}

record::Record Supervisor::run() {
  auto result = go_through_stages();
  finish_record(result ? Ending{} : result.error());
  return std::move(record_);
}

OrEnding<> Supervisor::go_through_stages() {
  auto settled = settle_files(stage_, trial_, record_);
  if (!settled) return Ended(settled.error());
  files_ = std::move(*settled);
  if (auto set_up = host_.set_up(stage_, trial_, files_, record_); !set_up) return failed(set_up.error());
  if (engine_->uses_dataset) record_.medium = stage_.media.describe(trial_.dataset);
  if (auto started = start_child(); !started) return started;
  auto ready = await(kReady);
  if (!ready) return Ended(ready.error());
  record_.binding.update(*ready);
  note_phase("preparing_ns");
  if (auto verified = verify_start(); !verified) return verified;
  if (auto launched = launch(); !launched) return launched;
  if (auto worked = window(); !worked) return worked;
  if (auto collected = collect(); !collected) return collected;
  if (stop_reason_) return Ended(*stop_reason_);
  if (!invalid_.empty()) return ended(Outcome::invalid, invalid_);
  return {};
}

OrEnding<> Supervisor::start_child() {
  bind_observer();
  Assignment assignment{trial_, record_.seed, files_, stage_.data_folder};
  auto& command = assignment.trial.workload.command;
  command = placed(words_of(trial_.workload), stage_.places, record_.seed);
  const std::string output =
      trial_.workload.command.empty() ? "/dev/null" : folder_.path() + "/command-output.txt";
  auto link = ChildLink::start(host_.cgroup(), stage_.topology.unit_of_process(0, trial_.workload.binding),
                               output, kWorkerWord, to_json(assignment));
  if (!link) return or_oom(failed(link.error()));
  link_.emplace(std::move(*link));
  note_phase("starting_ns");
  return {};
}

// Sampling must not take time from the trial: this process moves to a unit that the workers leave free.
void Supervisor::bind_observer() {
  const auto unit = stage_.topology.bind_observer(workers(), trial_.workload.binding);
  record_.binding["observer"] = unit ? std::to_string(*unit) : unit.error().what;
  // Where none is free, an earlier trial's choice must not stand.
  if (unit) return;
  [[maybe_unused]] auto lifted = stage_.topology.bind_worker(0, config::Binding::none);
}

OrEnding<> Supervisor::verify_start() {
  // Where the pages are the file, they are charged to whoever wrote it.
  const MemoryCgroup* charged = engine_->uses_dataset && medium().keeps_pages ? nullptr : host_.cgroup();
  const StartingState state = check_start(trial_, *engine_, files_, charged, host_.limit());
  record_.start_verified = state.verified;
  if (state.verified.present() && state.verified.integer() == 0) {
    return ended(Outcome::invalid,
                 fmt::format("start: {} was asked for, but {}", record_.start_requested, state.reason));
  }
  return {};
}

// A program that marks its own window gets ready for it now: what it reads for that is not in the window, nor
// in the starting state.
OrEnding<> Supervisor::launch() {
  if (trial_.workload.application.window == config::CommandWindow::whole) return {};
  link_->tell(kLaunch);
  auto launched = await(kLaunched);
  if (!launched) return Ended(launched.error());
  note_phase("launching_ns");
  return {};
}

OrEnding<> Supervisor::window() {
  const ProbeTarget target{.pid = link_->child().pid(),
                           .cgroup = host_.cgroup(),
                           .files = files_,
                           .run_folder = folder_.path(),
                           .sequence = record_.sequence,
                           .swap_path = host_.swap() == nullptr ? "" : host_.swap()->path(),
                           .progress = &link_->progress()};
  for (const std::string& name : trial_.probes) {
    const ProbeSpec* spec = find(stage_.catalogue.probes, name);
    if (spec->side == ProbeSide::parent) probes_.push_back(spec->make(target));
  }
  for (const auto& probe : probes_) probe->before();
  window_opened_ = true;
  sampler_.emplace(probes_, link_->progress(), host_.schedule(), !trial_.workload.command.empty());
  if (stage_.emulated) record_.warnings.push_back("no time series: time is emulated");
  if (sampling()) sampler_->take();
  note_phase("ready_ns");
  next_look_ns_ = now_ns();
  host_.begin_pressures(link_->progress());
  link_->tell(kGo);
  auto closed = await(kClosed);
  if (!closed) return Ended(closed.error());
  host_.end_pressures();
  invalid_ = host_.shortfall();
  for (const auto& probe : probes_) probe->after();
  window_read_ = true;
  if (sampling()) sampler_->take();
  note_phase("running_ns");
  return {};
}

OrEnding<> Supervisor::collect() {
  link_->tell(kVerify);
  auto done = await(kDone);
  if (!done) return Ended(done.error());
  record_.readings = record::readings_from_json(Json{{"readings", std::move(*done)}});
  if (!latency_.is_null()) record::keep_latency(latency_, folder_.path(), stage_.emulated, record_);
  if (auto exit = link_->child().wait(); !exit) return failed(exit.error());
  note_phase("verifying_ns");
  return {};
}

OrEnding<Json> Supervisor::await(const char* key) {
  for (;;) {
    const auto ready = os::wait_readable({&link_->reports().fd(), &link_->child().pidfd(), &stage_.gate.fd()},
                                         milliseconds_to_next_look());
    if (!ready) return failed(ready.error());
    if (stage_.gate.raised()) return ended(Outcome::interrupted, kStopped);
    // A line first: a child that has reported and then ended has still reported.
    if ((*ready & 1) != 0) {
      auto line = read_line(key);
      if (!line || !line->is_discarded()) return line;
      continue;
    }
    if ((*ready & 2) != 0) return death_of_child();
    if (auto within = look_at_budgets(); !within) return Ended(within.error());
  }
}

// A discarded value means: a line that was noted, go on waiting.
OrEnding<Json> Supervisor::read_line(const char* key) {
  const auto line = link_->reports().next();
  if (!line || !*line) return death_of_child();
  Json message = Json::parse(**line, nullptr, false);
  if (!message.is_object())
    return ended(Outcome::failed, "the child said something unintelligible: " + **line);
  if (message.contains(key)) return std::move(message[key]);
  if (message.contains(kInvalid)) {
    invalid_ = message[kInvalid].get<std::string>();
    return Json(Json::value_t::discarded);
  }
  if (message.contains(kWork)) {
    record_.work = std::move(message[kWork]);
    return Json(Json::value_t::discarded);
  }
  if (message.contains(kLatency)) {
    latency_ = std::move(message[kLatency]);
    return Json(Json::value_t::discarded);
  }
  if (message.contains(kFailed)) {
    const Json& error = message[kFailed];
    const auto what = error.at("what").get<std::string>();
    if (error.contains("signal")) return or_oom(ended(outcome_of(error["signal"].get<int>()), what));
    return or_oom(failed({what, error.at("remedy").get<std::string>()}));
  }
  return ended(Outcome::failed, "the child said something out of turn: " + **line);
}

OrEnding<> Supervisor::look_at_budgets() {
  const std::uint64_t now = now_ns();
  if (now < next_look_ns_) return {};
  const bool running = link_->progress().phase.load() == Phase::running;
  Sample sample;
  if (running) sample = sampling() ? sampler_->take() : sampler_->look();
  next_look_ns_ =
      now + (sampling() ? static_cast<std::uint64_t>(trial_.sample_every_seconds * 1e9) : kLookEveryNs);
  if (stop_reason_) {
    if (now < grace_ends_ns_) return {};
    link_->child().kill();
    return Ended(*stop_reason_);
  }
  const Spent spent{static_cast<double>(now - began_ns_) * 1e-9, link_->progress().total_accesses(), sample};
  auto reason = over_budget(trial_.budget, spent);
  if (!reason && now >= next_watch_ns_) {
    next_watch_ns_ = now + kLookEveryNs;  // samples may be a millisecond apart
    reason = host_in_need(spent);
  }
  if (!reason) return {};
  if (!running) {
    link_->child().kill();
    return ended(reason->outcome, reason->reason + ", before the window closed");
  }
  ask_to_stop(std::move(*reason));
  return {};
}

void Supervisor::ask_to_stop(Ending reason) {
  stop_reason_ = std::move(reason);
  grace_ends_ns_ = now_ns() + kGraceNs;
  link_->progress().ask_to_stop();
}

Ended Supervisor::death_of_child() {
  const auto exit = link_->child().wait();
  if (!exit) return failed(exit.error());
  Ended ending(ending_of(*exit, link_->progress(), files_.empty() ? DataFile{} : files_.front()));
  return exit->signalled ? or_oom(std::move(ending)) : ending;
}

// A death or a failure is the OOM killer's doing where the cgroup counted one.
Ended Supervisor::or_oom(Ended ended_so_far) {
  if (host_.cgroup() == nullptr) return ended_so_far;
  const auto kills = host_.cgroup()->oom_kills();
  if (!kills || *kills == 0) return ended_so_far;
  const auto peak = host_.cgroup()->peak();
  // None where the child was killed before it had started; a program of the user's may have done much and
  // reported nothing.
  const std::uint64_t accesses = link_ ? link_->progress().total_accesses() : 0;
  const bool told = trial_.workload.command.empty() || accesses != 0;
  return ended(Outcome::oom_killed,
               fmt::format("the kernel's OOM killer struck{}; peak charge {} bytes of a limit of {}",
                           told ? fmt::format(" after {} accesses", accesses) : "",
                           peak ? std::to_string(peak->value) : peak.error().what,
                           host_.limit() == kNoLimit ? "none" : std::to_string(host_.limit().value)));
}

int Supervisor::milliseconds_to_next_look() const {
  const std::uint64_t now = now_ns();
  if (next_look_ns_ <= now) return window_opened_ ? 1 : static_cast<int>(kLookEveryNs / 1'000'000);
  return static_cast<int>((next_look_ns_ - now) / 1'000'000) + 1;
}

void Supervisor::note_phase(const char* name) {
  const std::uint64_t now = now_ns();
  record_.phases.emplace_back(
      name, stage_.emulated ? Value(Missing{"emulated"}) : Value::count(now - phase_began_ns_));
  phase_began_ns_ = now;
}

void Supervisor::report_probes() {
  if (!window_opened_) return;
  host_.end_pressures();
  host_.report_pressures(record_, stage_.emulated);
  if (!window_read_) {
    for (const auto& probe : probes_) probe->after();
  }
  for (const auto& probe : probes_) probe->report(record_.readings);
  record_.readings.push_back({"sampling_ns", "sampler", Value::count(sampler_->cost_ns())});
  if (const auto span = host_.schedule().span_ns()) {
    record_.readings.push_back(
        {"recovery_ns", "schedule", recovery(sampler_->progress(), span->first, span->second)});
  }
  if (!window_read_) add_lost_window(record_.readings, trial_, link_->progress());
  derive_all(record_.readings, stage_, trial_, link_->progress());
}

void Supervisor::finish_record(const Ending& ending) {
  record_.outcome = ending.outcome;
  record_.reason = ending.reason;
  report_probes();
  const Value share =
      record::primary(record_.readings, "steal_ns") / record::primary(record_.readings, "wall_ns");
  if (share.present() && share.number() > kStealShare) {
    record_.warnings.push_back(fmt::format("CPU steal was {:.1f} % of the window", share.number() * 100));
  }
  if (!sampler_) return;
  if (auto saved = sampler_->save(folder_.series_path(record_.sequence)); !saved) {
    record_.warnings.push_back(saved.error().what);
  }
}

}  // namespace

record::Record supervise(const Stage& stage, const config::Experiment& experiment,
                         const plan::PlannedTrial& planned, const record::RunFolder& folder) {
  return Supervisor(stage, experiment, planned, folder).run();
}

}  // namespace faultlab::run
