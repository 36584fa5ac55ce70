// Findings of a trial.
#include "run/findings.hpp"

#include <algorithm>

#include "measure/clock.hpp"
#include "record/derive.hpp"
#include "record/derive_time.hpp"
#include "record/derive_transfer.hpp"

namespace faultlab::run {
namespace {

// Whose time is split: the workers, or the threads that a program had when its window opened.
unsigned threads_of(const config::Trial& trial, const ProgressPage& progress) {
  if (trial.workload.command.empty()) return trial.workload.processes * trial.workload.threads;
  const auto announced =
      std::count_if(progress.workers.begin(), progress.workers.end(),
                    [](const WorkerProgress& worker) { return worker.thread.load() != 0; });
  return std::max(1U, static_cast<unsigned>(announced));
}

}  // namespace

void add_lost_window(Readings& readings, const config::Trial& trial, const ProgressPage& progress) {
  const Missing lost{"the trial's process ended inside the window"};
  readings.push_back({"wall_ns", "clock", lost});
  readings.push_back({"setup_ns", "worker", lost});
  readings.push_back({"idle_ns", "worker", lost});
  const std::uint64_t accesses = progress.total_accesses();
  if (trial.workload.command.empty()) {
    readings.push_back({"accesses", "worker", Value::count(accesses)});
    return;
  }
  // A program that has reported nothing may have done much.
  readings.push_back({"accesses", "command", accesses == 0 ? Value(lost) : Value::count(accesses)});
  readings.push_back({"bytes", "command", lost});
}

void derive_all(Readings& readings, const Stage& stage, const config::Trial& trial,
                const ProgressPage& progress) {
  const EngineSpec& engine = *find(stage.catalogue.engines, trial.workload.engine.kind);
  record::derive(readings, trial.workload.block, stage.background_reclaimer);
  if (const SinkSpec* sink = find(stage.catalogue.sinks, trial.workload.sink.kind)) {
    record::derive_transfer(readings, engine.copies_into(sink->kind));
  }
  record::derive_copies(readings);
  record::derive_crossings(readings);
  record::derive_time(readings, {threads_of(trial, progress), engine.kernel_work, tick_ns()});
  if (stage.emulated) record::remove_times(readings);
}

}  // namespace faultlab::run
