// Probe `delays`: delay accounting of the trial's workers (Documentation/accounting/delay-accounting.rst).
#include <optional>

#include "host/text.hpp"
#include "os/file.hpp"
#include "os/taskstats.hpp"
#include "probe/counters.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

Counters all_delays_missing(const Error& error) {
  const Missing why{reason_of(error)};
  return {{"io_wait_ns", why}, {"io_waits", why},     {"reclaim_ns", why}, {"reclaims", why},
          {"swapin_ns", why},  {"thrashing_ns", why}, {"runqueue_ns", why}};
}

// A task keeps delays only if the setting was on when it was forked (kernel/delayacct.c,
// __delayacct_tsk_init). The trial sets its knobs before it forks its child.
Result<> switched_on(const std::string& root) {
  const auto text = os::read_text(root + "/proc/sys/kernel/task_delayacct");
  if (!text) return fail(text.error().what, "use Linux 5.14 or later with CONFIG_TASK_DELAY_ACCT");
  if (host::trim(*text) != "0") return {};
  return fail("kernel.task_delayacct is 0", "set the knob: \"knobs\": {\"task_delayacct\": 1}");
}

class DelayedWorkers {
 public:
  explicit DelayedWorkers(const ProbeTarget& target) : target_(target) {}

  Counters read() {
    if (!source_) source_.emplace(open());
    if (!*source_) return all_delays_missing(source_->error());
    os::TaskDelays sum;
    for (const Worker& worker : workers_) {
      const auto delays = (*source_)->of_thread(worker.thread);
      if (!delays) return all_delays_missing(delays.error());
      sum.io_count += delays->io_count;
      sum.io_ns += delays->io_ns;
      sum.reclaim_count += delays->reclaim_count;
      sum.reclaim_ns += delays->reclaim_ns;
      sum.swapin_ns += delays->swapin_ns;
      sum.thrashing_ns += delays->thrashing_ns;
      sum.cpu_ns += delays->cpu_ns;
    }
    return {{"io_wait_ns", Value::count(sum.io_ns)},      {"io_waits", Value::count(sum.io_count)},
            {"reclaim_ns", Value::count(sum.reclaim_ns)}, {"reclaims", Value::count(sum.reclaim_count)},
            {"swapin_ns", Value::count(sum.swapin_ns)},   {"thrashing_ns", Value::count(sum.thrashing_ns)},
            {"runqueue_ns", Value::count(sum.cpu_ns)}};
  }

 private:
  Result<os::Taskstats> open() {
    if (auto on = switched_on(target_.root); !on) return propagate(std::move(on));
    auto found = workers_of(target_);
    if (!found) return propagate(std::move(found));
    workers_ = std::move(*found);
    return os::Taskstats::open();
  }

  ProbeTarget target_;
  std::vector<Worker> workers_;  // the same at both ends of the window
  std::optional<Result<os::Taskstats>> source_;
};

}  // namespace

extern const ProbeSpec delays_probe;
const ProbeSpec delays_probe = {
    {.name = "delays",
     .summary = "taskstats: the workers' waits for I/O, reclaim and swap; wants the knob task_delayacct"},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      // Shared: a function must be copyable, a socket is not.
      auto workers = std::make_shared<DelayedWorkers>(target);
      return make_counter_probe("delays", Sampled::no, [workers] { return workers->read(); });
    }};

}  // namespace faultlab
