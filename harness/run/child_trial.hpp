// The child's trial: what it prepares, does, checks and reports; run/worker.cpp has the conversation around
// it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "host/topology.hpp"
#include "measure/progress.hpp"
#include "record/latency_report.hpp"
#include "run/command_run.hpp"
#include "run/company.hpp"
#include "run/crew.hpp"
#include "run/delivery.hpp"
#include "run/protocol.hpp"
#include "run/scenario_run.hpp"
#include "run/shift.hpp"
#include "run/window.hpp"

namespace faultlab::run {

class ChildTrial {
 public:
  ChildTrial(const Catalogue& catalogue, Assignment assignment, ProgressPage* progress)
      : catalogue_(catalogue), assignment_(std::move(assignment)), progress_(progress) {}

  // Everything before the window.
  Result<Json> prepare();
  // Whether the user's program is started before the window, which it marks itself.
  bool launches_first() const;
  Result<> launch();
  Result<Window> work();
  // Of a program that was launched: on from its window to its exit.
  Result<> leave();
  // The signal that ended the user's program, where one did: an ending of its own, not a mere failure.
  std::optional<int> ended_by_signal() const { return command_ ? command_->ended_by() : std::nullopt; }
  std::optional<std::string> verify();
  // Where a mapped access failed, for the parent; in a signal handler.
  void note_unreadable(std::uintptr_t address) noexcept;
  std::optional<record::LatencyReport> latency() const;
  // Per thread; of a command what it reported, if anything.
  std::optional<Json> thread_work() const;
  // Of this process and of the others that it has started; nothing where there are no workers.
  std::optional<Shift> shift() const { return shift_; }
  Readings readings(const Window& window) const;

 private:
  bool is_command() const { return engine_spec_->shape == Shape::command; }
  bool is_scenario() const { return engine_spec_->shape == Shape::scenario; }
  Result<> prepare_scenario();
  bool is_transfer() const { return engine_spec_->shape == Shape::transfer; }
  bool is_first() const { return assignment_.process == 0; }
  Result<> prepare_engine();
  Result<> establish_start();
  void make_probes();
  Result<> begin_pressures();
  Failure explained(Error error);
  Result<Window> work_accesses();
  Result<Window> work_scenario();
  Result<> start_command();
  Result<std::uint64_t> run_whole_command();
  Result<Window> work_command();
  Readings probed() const;

  const Catalogue& catalogue_;
  Assignment assignment_;
  ProgressPage* progress_;
  const EngineSpec* engine_spec_ = nullptr;
  std::optional<host::Topology> topology_;
  std::optional<Delivery> delivery_;  // of a transfer; outlives the engine, which sends over it
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Crew> crew_;
  Company company_;  // the other processes of the trial
  std::optional<Shift> shift_;
  Company::Findings others_;
  std::optional<ScenarioRun> scenario_;
  bool begun_ = false;
  std::atomic<std::uint32_t> unreadable_{0};
  std::optional<CommandRun> command_;
  std::vector<std::unique_ptr<Probe>> probes_;
  std::vector<std::unique_ptr<Pressure>>
      pressures_;  // those that act in this process; they end before the engine
};

}  // namespace faultlab::run
