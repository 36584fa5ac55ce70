// Probe `syscall_count`: the kernel's own count of the workers' system calls.
#include <fmt/format.h>
#include <sys/syscall.h>

#include <optional>
#include <vector>

#include "os/perf_event.hpp"
#include "os/tracefs.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

// A counting event of the tracepoint on each worker, while it lives.
class Counting {
 public:
  static Result<Counting> begin(const ProbeTarget& target) {
    auto workers = workers_of(target);
    if (!workers) return propagate(std::move(workers));
    auto tracepoint = os::find_tracepoint("raw_syscalls", "sys_enter");
    if (!tracepoint) return propagate(std::move(tracepoint));
    const auto attributes = os::perf_attributes(PERF_TYPE_TRACEPOINT, tracepoint->id);
    Counting counting;
    for (const Worker& worker : *workers) {
      auto event = os::PerfEvent::open(attributes, {.thread = worker.thread}, tracepoint->name);
      if (!event) return propagate(std::move(event));
      // The harness's own line, before and after the accesses, is all in these: std::barrier yields a few
      // times before it sleeps, and where the vDSO has no clock, reading one is a call.
      auto filtered = event->set_filter(
          fmt::format("id != {} && id != {} && id != {}", SYS_futex, SYS_sched_yield, SYS_clock_gettime));
      if (!filtered) return propagate(std::move(filtered));
      counting.events_.push_back(std::move(*event));
    }
    return counting;
  }

  Value total() const {
    Value sum = Value::count(0);
    for (const os::PerfEvent& event : events_) {
      const auto count = event.count();
      sum = sum + (count ? Value::count(*count) : Value(Missing{reason_of(count.error())}));
    }
    return sum;
  }

 private:
  std::vector<os::PerfEvent> events_;
};

class SyscallCountProbe final : public Probe {
 public:
  explicit SyscallCountProbe(const ProbeTarget& target) : target_(target) {}

  void before() override {
    auto begun = Counting::begin(target_);
    if (begun) {
      counting_.emplace(std::move(*begun));
    } else {
      total_ = Missing{reason_of(begun.error())};
    }
  }

  void after() override {
    if (!counting_) return;
    total_ = counting_->total();
    counting_.reset();
  }

  void report(Readings& readings) const override {
    readings.push_back(
        {"syscalls", "syscall_count", total_, std::nullopt, "all but futex, sched_yield and clock_gettime"});
  }

 private:
  ProbeTarget target_;
  std::optional<Counting> counting_;
  Value total_ = Missing{"the window never opened"};
};

}  // namespace

extern const ProbeSpec syscall_count_probe;
const ProbeSpec syscall_count_probe = {
    {.name = "syscall_count",
     .summary = "tracepoint sys_enter on every worker: all system calls but those by which workers wait for "
                "each other and read the clock; slows each a little"},
    ProbeSide::parent,
    [](const ProbeTarget& target) -> std::unique_ptr<Probe> {
      return std::make_unique<SyscallCountProbe>(target);
    },
    ProbeKind::tracer};

}  // namespace faultlab
