// Probe `time_bpf`: every moment of the workers, told apart in the kernel by its cause.
#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <optional>

#include "host/text.hpp"
#include "os/bpf.hpp"
#include "os/file.hpp"
#include "os/perf_event.hpp"
#include "probe/counters.hpp"
#include "probe/embedded.hpp"
#include "probe/threads.hpp"
#include "probe/time.bpf.h"

namespace faultlab {
namespace {

// Tracepoints that only some kernels have, and the programs that go with them.
struct Optional {
  const char* tracepoint;
  const char* program;
};
constexpr std::array<Optional, 2> kOptional = {
    {{"mm_vmscan_memcg_reclaim_begin", "on_memcg_reclaim"},  // CONFIG_MEMCG
     {"mm_vmscan_memcg_reclaim_end", "on_memcg_reclaimed"}}};
constexpr std::array<const char*, 6> kAlways = {"on_switch",   "on_wakeup",  "on_sys_enter",
                                                "on_sys_exit", "on_reclaim", "on_reclaimed"};

constexpr std::array<std::string_view, 9> kMetrics = {"user_work_ns", "fault_ns",   "copy_ns",
                                                      "reclaim_ns",   "io_wait_ns", "blocked_ns",
                                                      "runqueue_ns",  "io_waits",   "reclaims"};

constexpr std::string_view kTimeSource = "time_bpf";
constexpr const char* kMap = "workers";

// The moments of all workers, by cause, while it lives.
class Watch {
 public:
  static Result<Watch> begin(const ProbeTarget& target);
  Result<faultlab_worker> sum() const;
  const std::vector<Worker>& workers() const { return workers_; }

 private:
  Watch(os::BpfObject object, std::vector<Worker> workers)
      : object_(std::move(object)), workers_(std::move(workers)) {}
  Result<> attach();
  Result<> watch(pid_t thread);

  os::BpfObject object_;
  std::vector<Worker> workers_;
};

Result<Watch> Watch::begin(const ProbeTarget& target) {
  auto workers = workers_of(target);
  if (!workers) return propagate(std::move(workers));
  auto object = os::BpfObject::open(time_program, "faultlab_time");
  if (!object) return propagate(std::move(object));
  for (const Optional& each : kOptional) {
    if (!os::kernel_has_tracepoint(each.tracepoint)) object->leave_out(each.program);
  }
  if (auto loaded = object->load(); !loaded) return propagate(std::move(loaded));
  Watch watch(std::move(*object), std::move(*workers));
  if (auto attached = watch.attach(); !attached) return propagate(std::move(attached));
  return watch;
}

Result<> Watch::attach() {
  for (const Worker& worker : workers_) {
    if (auto watched = watch(worker.thread); !watched) return watched;
  }
  for (const char* program : kAlways) {
    if (auto attached = object_.attach(program); !attached) return attached;
  }
  for (const Optional& each : kOptional) {
    if (!os::kernel_has_tracepoint(each.tracepoint)) continue;
    if (auto attached = object_.attach(each.program); !attached) return attached;
  }
  return {};
}

// The system call in which a thread sleeps now: the first word of /proc/PID/syscall (proc(5)). Workers of a
// crew wait for each other in futex(2), a scenario waits for the parent's word in read(2).
unsigned sleeps_in(pid_t thread) {
  const auto text = os::read_text(fmt::format("/proc/{}/syscall", thread));
  const auto number = text ? host::to_number(text->substr(0, text->find(' '))) : std::nullopt;
  return static_cast<unsigned>(number.value_or(SYS_futex));
}

// It sleeps at the line now; its time begins with its next event.
Result<> Watch::watch(pid_t thread) {
  faultlab_worker worker{};
  worker.off_cpu = FAULTLAB_IDLE;
  worker.in_syscall = worker.line_syscall = 1 + sleeps_in(thread);
  if (auto put = object_.put(kMap, static_cast<std::uint32_t>(thread), worker); !put) return put;
  constexpr std::array<std::pair<std::uint64_t, const char*>, 3> kEnds = {
      {{PERF_COUNT_SW_PAGE_FAULTS, "fault_begins"},
       {PERF_COUNT_SW_PAGE_FAULTS_MIN, "fault_ends"},
       {PERF_COUNT_SW_PAGE_FAULTS_MAJ, "fault_ends"}}};
  for (const auto& [number, program] : kEnds) {
    perf_event_attr attributes = os::software_event(number, os::CountedMode::user);
    attributes.sample_period = 1;
    auto event = os::PerfEvent::open(attributes, {.thread = thread}, fmt::format("faults of {}", thread));
    if (!event) return propagate(std::move(event));
    if (auto attached = object_.attach(program, *event); !attached) return attached;
  }
  return {};
}

Result<faultlab_worker> Watch::sum() const {
  faultlab_worker sum{};
  bool any = false;
  for (const auto& [process, thread] : workers_) {
    faultlab_worker worker{};
    if (auto got = object_.get(kMap, static_cast<std::uint32_t>(thread), worker); !got) {
      return propagate(std::move(got));
    }
    // A thread of a program of the user's may sleep from the window's beginning to its end.
    any = any || worker.since_ns != 0;
    for (int i = 0; i < FAULTLAB_CAUSES; ++i) sum.ns[i] += worker.ns[i];
    sum.io_waits += worker.io_waits;
    sum.reclaims += worker.reclaims;
  }
  // In a PID namespace the kernel's own thread ids are others than ours.
  if (!any) {
    return fail(fmt::format("no event of thread {} was seen", workers_.front().thread),
                "run faultlab in the host's own PID namespace");
  }
  return sum;
}

Value value_in_map(std::string_view metric, const faultlab_worker& sum) {
  if (metric == "user_work_ns") return Value::count(sum.ns[FAULTLAB_USER]);
  if (metric == "fault_ns") return Value::count(sum.ns[FAULTLAB_FAULT]);
  if (metric == "copy_ns") return Value::count(sum.ns[FAULTLAB_SYSCALL]);
  if (metric == "reclaim_ns") return Value::count(sum.ns[FAULTLAB_RECLAIM]);
  if (metric == "io_wait_ns") return Value::count(sum.ns[FAULTLAB_IO_WAIT]);
  if (metric == "blocked_ns") return Value::count(sum.ns[FAULTLAB_BLOCKED]);
  if (metric == "runqueue_ns") return Value::count(sum.ns[FAULTLAB_RUNQUEUE]);
  if (metric == "io_waits") return Value::count(sum.io_waits);
  return Value::count(sum.reclaims);
}

class TimeProbe final : public Probe {
 public:
  explicit TimeProbe(const ProbeTarget& target) : target_(target) {}

  void before() override {
    auto watch = Watch::begin(target_);
    if (watch) {
      watch_.emplace(std::move(*watch));
    } else {
      sum_ = propagate(std::move(watch));
    }
  }

  void after() override {
    if (!watch_) return;
    sum_ = watch_->sum();
    watch_.reset();  // detached: what comes after the window runs without it
  }

  void report(Readings& readings) const override {
    for (const std::string_view metric : kMetrics) {
      Value value = sum_ ? value_in_map(metric, *sum_) : Value(Missing{reason_of(sum_.error())});
      readings.push_back({std::string(metric), std::string(kTimeSource), std::move(value)});
    }
  }

 private:
  ProbeTarget target_;
  std::optional<Watch> watch_;
  Result<faultlab_worker> sum_ = fail("the window never opened");
};

}  // namespace

extern const ProbeSpec time_bpf_probe;
const ProbeSpec time_bpf_probe = {
    {.name = "time_bpf",
     .summary = "BPF: every moment of the workers by its cause; slows system calls and faults a little"},
    ProbeSide::parent,
    [](const ProbeTarget& target) -> std::unique_ptr<Probe> { return std::make_unique<TimeProbe>(target); },
    ProbeKind::tracer};

}  // namespace faultlab
