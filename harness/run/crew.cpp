// The crew: mustered once, armed and released for each session.
#include "run/crew.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <system_error>

#include "measure/clock.hpp"
#include "os/process.hpp"
#include "run/proof.hpp"
#include "run/worker_order.hpp"

namespace faultlab::run {
namespace {

// Offsets drawn ahead: enough to hide the indirect calls, few enough to stay in the first-level cache.
constexpr std::size_t kBatch = 128;

void make_accesses(std::span<const std::uint64_t> batch, Accessor& accessor, Tally& tally) {
  const BatchResult result = accessor.run(batch);
  tally.accesses += result.done;
  tally.checksum += result.checksum;
  tally.stores += result.stores;
  tally.syncs += result.syncs;
  tally.sync_ns += result.sync_ns;
  if (result.error == 0) return;
  tally.error = result.error;
  tally.in_sync = result.in_sync;
  const std::uint64_t next = result.done < batch.size() ? batch[result.done] : 0;
  tally.error_offset = result.in_sync ? 0 : result.failed_at.value_or(next);
}

// What the batches left under way.
void complete_accesses(Accessor& accessor, Tally& tally) {
  const BatchResult rest = accessor.complete();
  tally.checksum += rest.checksum;
  if (rest.error == 0 || tally.error != 0) return;
  tally.error = rest.error;
  tally.in_completion = !rest.failed_at;
  tally.error_offset = rest.failed_at.value_or(0);
}

}  // namespace

Crew::Crew(const CrewSetup& setup)
    : setup_(setup),
      size_(setup.trial->workload.threads),
      line_(static_cast<std::ptrdiff_t>(size_) + 1),
      accessors_(size_),
      tallies_(size_),
      binding_(size_),
      verdicts_(size_),
      errors_(size_) {
  const config::Workload& workload = setup.trial->workload;
  const bool timed = workload.latency != Latency::off;
  if (timed || workload.arrivals_per_second) clock_ = TickClock::calibrated();
  if (timed) recorders_.resize(size_);
}

Result<std::unique_ptr<Crew>> Crew::muster(const CrewSetup& setup) {
  std::unique_ptr<Crew> crew(new Crew(setup));
  for (unsigned i = 0; i < crew->size_; ++i) crew->threads_.emplace_back([&c = *crew, i] { c.live(i); });
  crew->line_.arrive_and_wait();  // all are equipped, or have said why not
  for (auto& error : crew->errors_) {
    if (error) return Failure(*error);
  }
  return crew;
}

Crew::~Crew() {
  task_ = Task::leave;
  line_.arrive_and_wait();
  for (std::thread& thread : threads_) thread.join();
}

void Crew::live(unsigned index) {
  if (auto equipped = equip(index); !equipped) errors_[index] = equipped.error();
  // Nobody waits yet. But the first calls look their symbols up, which is 20 major faults where memory is
  // short: not in the window.
  finish();
  line_.arrive_and_wait();
  for (;;) {
    line_.arrive_and_wait();  // a task is set
    if (task_ == Task::leave) return;
    if (task_ == Task::session) {
      run_session(index);
    } else {
      verify_session(index);
    }
    finish();
  }
}

void Crew::finish() {
  const std::lock_guard lock(mutex_);
  ++finished_;
  ended_.notify_one();
}

Result<> Crew::equip(unsigned index) {
  WorkerProgress& shown = setup_.progress->workers[number(index)];
  shown.process.store(::getpid());
  shown.thread.store(os::thread_id());
  const auto unit = setup_.topology->bind_worker(number(index), setup_.trial->workload.binding);
  binding_[index] = unit ? std::to_string(*unit) : unit.error().what;
  auto accessor = setup_.engine->worker(index);
  if (!accessor) return propagate(std::move(accessor), fmt::format("equip worker {}", number(index)));
  accessors_[index] = std::move(*accessor);
  if (recorders_.empty()) return {};
  // Here, because a thread's events are its own.
  recorders_[index] = std::make_unique<LatencyRecorder>(
      *clock_, LatencySetup{setup_.faults, setup_.trial->workload.block.value / kPage.value});
  accessors_[index]->record_into(recorders_[index].get());
  return {};
}

std::unique_ptr<Order> Crew::order_for(unsigned index) const {
  return order_of(*setup_.order, *setup_.trial, seed_, number(index));
}

std::uint64_t Crew::quota(unsigned index) const {
  const std::uint64_t workers = std::uint64_t{setup_.trial->workload.processes} * size_;
  const std::uint64_t before = number(index);
  const auto share = [&](std::uint64_t total) {
    return (before + 1) * total / workers - before * total / workers;
  };
  if (const auto* accesses = std::get_if<config::Accesses>(&work_)) return share(accesses->count);
  if (const auto* passes = std::get_if<config::Passes>(&work_)) {
    return passes->count * share(setup_.trial->dataset.size.value / setup_.trial->workload.block.value);
  }
  return std::numeric_limits<std::uint64_t>::max();
}

void Crew::run_session(unsigned index) {
  const auto order = order_for(index);
  std::array<std::uint64_t, kBatch> offsets{};
  Accessor& accessor = *accessors_[index];
  auto& published = setup_.progress->workers[number(index)].accesses;
  const std::uint64_t quota_here = quota(index);
  LatencyRecorder* const recorder = recorders_.empty() ? nullptr : recorders_[index].get();
  if (recorder != nullptr) recorder->reset(derive_seed(seed_, "latency", number(index)));
  accessor.begin_session(seed_);
  Tally tally;
  line_.arrive_and_wait();  // armed
  line_.arrive_and_wait();  // released
  tally.begin_ns = now_ns();
  if (recorder != nullptr) recorder->begin_session();
  auto arrivals = arrivals_of(index);
  while (tally.accesses < quota_here && over().load(std::memory_order_relaxed) == 0 && tally.error == 0) {
    const std::span batch(offsets.data(), std::min<std::uint64_t>(kBatch, quota_here - tally.accesses));
    order->fill(batch);
    if (arrivals) {
      make_when_due(batch, accessor, *arrivals, recorder, tally);
    } else {
      make_accesses(batch, accessor, tally);
    }
    published.store(tally.accesses, std::memory_order_relaxed);
  }
  complete_accesses(accessor, tally);
  if (recorder != nullptr) recorder->end_session();
  tally.sent = accessor.sent();
  tally.account = accessor.account();
  tally.end_ns = now_ns();
  tallies_[index] = tally;
}

// Only the window's accesses come when they are due; ageing goes as fast as it can.
std::optional<Arrivals> Crew::arrivals_of(unsigned index) const {
  const config::Workload& workload = setup_.trial->workload;
  if (!workload.arrivals_per_second || loop_ == Loop::closed) return std::nullopt;
  const double workers = static_cast<double>(workload.processes) * size_;
  return Arrivals(*clock_, static_cast<double>(*workload.arrivals_per_second) / workers,
                  derive_seed(seed_, "arrivals", number(index)));
}

void Crew::make_when_due(std::span<const std::uint64_t> batch, Accessor& accessor, Arrivals& arrivals,
                         LatencyRecorder* recorder, Tally& tally) const {
  for (std::size_t i = 0; i < batch.size() && tally.error == 0; ++i) {
    const std::uint64_t due = arrivals.next();
    if (clock_->end() > due) ++tally.late;
    while (clock_->end() < due) {
      if (over().load(std::memory_order_relaxed) != 0) return;
      make_accesses({}, accessor, tally);  // takes what has come meanwhile
    }
    if (recorder != nullptr) {
      recorder->skip_to_now();
      recorder->due_at(due);
    }
    make_accesses(batch.subspan(i, 1), accessor, tally);
  }
}

void Crew::arm(std::uint64_t seed, config::Work work, Loop loop) {
  seed_ = seed;
  work_ = work;
  loop_ = loop;
  finished_ = 0;
  task_ = Task::session;
  setup_.progress->begin_session(setup_.process);
  for (unsigned i = 0; i < size_; ++i) {
    setup_.progress->workers[number(i)].accesses.store(0, std::memory_order_relaxed);
  }
  line_.arrive_and_wait();  // the task is set
  line_.arrive_and_wait();  // all are armed
}

void Crew::work() {
  line_.arrive_and_wait();  // released
  wait_for_end();
}

Result<> Crew::failure() const {
  for (unsigned i = 0; i < size_; ++i) {
    const Tally& tally = tallies_[i];
    if (tally.error == 0) continue;
    const std::string task = tally.in_sync         ? "write back the dataset"
                             : tally.in_completion ? "wait for what it had sent"
                                                   : fmt::format("access at byte {}", tally.error_offset);
    return fail(
        fmt::format("worker {}: {}: {}", number(i), task, std::generic_category().message(tally.error)), {},
        tally.error);
  }
  return {};
}

std::optional<std::uint64_t> Crew::failed_at() const {
  const auto failed =
      std::find_if(tallies_.begin(), tallies_.end(), [](const Tally& tally) { return tally.error != 0; });
  return failed == tallies_.end() ? std::nullopt : std::optional(failed->error_offset);
}

std::optional<record::LatencyReport> Crew::latency() const {
  if (recorders_.empty()) return std::nullopt;
  const bool sampled = setup_.trial->workload.latency == Latency::sampled;
  record::LatencyReport report{.clock = std::string(clock_->name()),
                               .timer_ns = sampled ? clock_->pair_ns() : clock_->link_ns(),
                               .sampled = sampled,
                               .no_classes = {},
                               .counts = {}};
  for (const auto& recorder : recorders_) {
    report.counts.merge(recorder->counts());
    if (const Error* lack = recorder->without_classes()) {
      report.no_classes = lack->remedy.empty() ? lack->what : lack->what + "; " + lack->remedy;
    }
  }
  if (recorders_.front()->blind_to_huge()) report.counts.doubt_minor_faults(setup_.faults);
  return report;
}

// Asleep until there is something to do: a thread that looks now and then has its stack's page taken from it
// under pressure, and each look is a major fault in the trial's counts. The parent's wish to stop goes to the
// workers.
void Crew::wait_for_end() {
  const auto all_finished = [&] { return finished_ == size_; };
  std::unique_lock lock(mutex_);
  if (const auto* seconds = std::get_if<config::Seconds>(&work_);
      seconds != nullptr && task_ == Task::session) {
    const std::chrono::duration<double> length(seconds->count);
    if (!ended_.wait_for(lock, length, all_finished)) over().store(1);
  }
  ended_.wait(lock, all_finished);
}

std::optional<std::string> Crew::verify() {
  task_ = Task::verification;
  finished_ = 0;
  line_.arrive_and_wait();
  wait_for_end();
  for (const std::string& verdict : verdicts_) {
    if (!verdict.empty()) return verdict;
  }
  return std::nullopt;
}

void Crew::verify_session(unsigned index) {
  const Tally& tally = tallies_[index];
  const auto order = order_for(index);
  std::string wrong = arrived_.empty()
                          ? wrong_checksum(*order, *setup_.trial, tally.accesses, tally.checksum)
                          : wrong_arrival(*order, *setup_.trial, tally.accesses, arrived_[index]);
  if (wrong.empty() && tally.stores > 0 && !setup_.written.empty()) {
    wrong = wrong_on_file(*order_for(index), *setup_.trial, tally.accesses, setup_.written);
  }
  verdicts_[index] = wrong.empty() ? wrong : fmt::format("worker {}: {}", number(index), wrong);
}

}  // namespace faultlab::run
