// Probe `schedstat`: what the scheduler says of the trial's workers.
#include "probe/counters.hpp"
#include "probe/workers.hpp"

namespace faultlab {
namespace {

class Workers {
 public:
  Workers(pid_t process, std::string root) : process_(process), root_(std::move(root)) {}

  Counters read() {
    const auto sum = read_sum();
    if (!sum) return {{"cpu_ns", missing_for(sum.error())}, {"runqueue_ns", missing_for(sum.error())}};
    return {{"cpu_ns", sum->cpu_ns}, {"runqueue_ns", sum->runqueue_ns}};
  }

 private:
  Result<Scheduled> read_sum() {
    // The same threads at both ends of the window: those that were there at its beginning.
    if (threads_.empty()) {
      auto found = workers_of(process_, root_);
      if (!found) return propagate(std::move(found));
      threads_ = std::move(*found);
    }
    return scheduled(process_, threads_, root_);
  }

  pid_t process_;
  std::string root_;
  std::vector<pid_t> threads_;
};

}  // namespace

extern const ProbeSpec schedstat_probe;
const ProbeSpec schedstat_probe = {
    {.name = "schedstat",
     .summary = "/proc/PID/task/*/schedstat: the workers' time on a CPU, and runnable but waiting for one"},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_counter_probe(
          "schedstat", Sampled::no,
          [workers = Workers(target.pid, target.root)]() mutable { return workers.read(); });
    }};

}  // namespace faultlab
