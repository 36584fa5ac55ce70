// The threads that do a trial's accesses: they live as long as the trial, so that starting them costs
// nothing in the timed window.
#pragma once

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "catalogue/engine_spec.hpp"
#include "catalogue/order_spec.hpp"
#include "config/experiment.hpp"
#include "host/topology.hpp"
#include "measure/latency_recorder.hpp"
#include "measure/progress.hpp"
#include "record/latency_report.hpp"
#include "run/arrivals.hpp"
#include "run/delivery.hpp"

namespace faultlab::run {

// What one thread did in a session.
struct Tally {
  std::uint64_t accesses = 0;
  std::uint64_t checksum = 0;
  std::uint64_t stores = 0;
  std::uint64_t syncs = 0;
  std::uint64_t sync_ns = 0;
  std::uint64_t late = 0;  // accesses that were due before the worker came to them
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  int error = 0;                   // errno of the access that failed
  std::uint64_t error_offset = 0;  // and where
  bool in_sync = false;            // it was no access, but the write-back after one
  bool in_completion = false;      // it was no access, but the end of those under way
  Sent sent = {};                  // of a transfer
  Account account = {};            // of an engine that keeps one
};

struct CrewSetup {
  Engine* engine = nullptr;
  const OrderSpec* order = nullptr;
  const config::Trial* trial = nullptr;
  const host::Topology* topology = nullptr;
  ProgressPage* progress = nullptr;
  FaultMeaning faults = {};  // of the engine's accesses
  unsigned process = 0;      // of those of the trial
  std::string written = {};  // the file that the engine writes to by system calls; empty: none
};

class Crew {
 public:
  // Starts the threads, binds them and gives each its way to the bytes.
  static Result<std::unique_ptr<Crew>> muster(const CrewSetup& setup);
  ~Crew();

  // Every thread builds its order and waits at the line. Outside the timed window. An open loop's accesses
  // come when they are due, where the workload says how often that is.
  enum class Loop { closed, open };
  void arm(std::uint64_t seed, config::Work work, Loop loop = Loop::closed);
  // Lets them go; returns when all have finished, the time is over, or the parent asked to stop.
  void work();

  const std::vector<Tally>& tallies() const { return tallies_; }
  // The first access of the last session that failed, if any.
  Result<> failure() const;
  std::optional<std::uint64_t> failed_at() const;  // its offset in the dataset
  // What the timed accesses of the last session were; nothing where none was timed.
  std::optional<record::LatencyReport> latency() const;
  // The processing unit of each thread; empty strings of reasons where binding failed.
  const std::vector<std::string>& binding() const { return binding_; }
  // Of a transfer's last session: what came of each worker's accesses.
  void arrived(std::vector<Arrival> arrived) { arrived_ = std::move(arrived); }
  const std::vector<Arrival>& arrived() const { return arrived_; }
  // Checks what the last session consumed, or what arrived of it, against the dataset's generator, in the
  // same threads: the sentence that says what is wrong, or nothing.
  std::optional<std::string> verify();

 private:
  explicit Crew(const CrewSetup& setup);
  void live(unsigned index);
  Result<> equip(unsigned index);
  void finish();
  void run_session(unsigned index);
  std::optional<Arrivals> arrivals_of(unsigned index) const;
  void make_when_due(std::span<const std::uint64_t> batch, Accessor& accessor, Arrivals& arrivals,
                     LatencyRecorder* recorder, Tally& tally) const;
  void verify_session(unsigned index);
  std::unique_ptr<Order> order_for(unsigned index) const;
  std::uint64_t quota(unsigned index) const;
  // Its number among the workers of all processes.
  unsigned number(unsigned index) const { return setup_.process * size_ + index; }
  std::atomic<std::uint32_t>& over() const { return setup_.progress->sessions[setup_.process].over; }
  void wait_for_end();

  enum class Task { session, verification, leave };

  CrewSetup setup_;
  unsigned size_;
  std::barrier<> line_;
  Task task_ = Task::session;
  std::uint64_t seed_ = 0;
  config::Work work_;
  Loop loop_ = Loop::closed;
  std::mutex mutex_;
  std::condition_variable ended_;
  unsigned finished_ = 0;
  std::vector<std::unique_ptr<Accessor>> accessors_;
  std::optional<TickClock> clock_;  // held while accesses are timed, or come when they are due
  std::vector<std::unique_ptr<LatencyRecorder>> recorders_;
  std::vector<Tally> tallies_;
  std::vector<Arrival> arrived_;  // empty: no transfer
  std::vector<std::string> binding_;
  std::vector<std::string> verdicts_;
  std::vector<std::optional<Error>> errors_;
  std::vector<std::thread> threads_;
};

}  // namespace faultlab::run
