// Probe `schedstat`: what the scheduler says of the trial's workers.
#include "probe/counters.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

class ScheduledWorkers {
 public:
  explicit ScheduledWorkers(const ProbeTarget& target) : target_(target) {}

  Counters read() {
    const auto sum = read_sum();
    if (!sum) {
      const Missing why{reason_of(sum.error())};
      return {{"cpu_ns", why}, {"runqueue_ns", why}};
    }
    return {{"cpu_ns", sum->cpu_ns}, {"runqueue_ns", sum->runqueue_ns}};
  }

 private:
  Result<Scheduled> read_sum() {
    // The same workers at both ends of the window: those that were there at its beginning.
    if (workers_.empty()) {
      auto found = workers_of(target_);
      if (!found) return propagate(std::move(found));
      workers_ = std::move(*found);
    }
    return scheduled(target_, workers_);
  }

  ProbeTarget target_;
  std::vector<Worker> workers_;
};

}  // namespace

extern const ProbeSpec schedstat_probe;
const ProbeSpec schedstat_probe = {
    {.name = "schedstat",
     .summary = "/proc/PID/task/*/schedstat: the workers' time on a CPU, and runnable but waiting for one"},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_counter_probe("schedstat", Sampled::no,
                                [workers = ScheduledWorkers(target)]() mutable { return workers.read(); });
    }};

}  // namespace faultlab
