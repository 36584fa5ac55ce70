// Probe `perf_faults`: counting perf events on every thread of the trial and on all that it starts.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "os/perf_event.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

using os::CountedMode;

constexpr std::uint64_t kDtlbLoadMisses =
    PERF_COUNT_HW_CACHE_DTLB | (PERF_COUNT_HW_CACHE_OP_READ << 8) | (PERF_COUNT_HW_CACHE_RESULT_MISS << 16);

enum Event : std::size_t {
  kUserMinor,
  kKernelMinor,
  kUserMajor,
  kKernelMajor,
  kSwitches,
  kMigrations,
  kCycles,
  kInstructions,
  kDtlbMisses,
  kEvents
};

struct EventRow {
  std::string_view name;
  std::uint32_t type;
  std::uint64_t config;
  CountedMode mode;
};

// A switch happens in kernel mode: counted in user mode alone it would read 0 for ever. Traps of every kind
// (PERF_COUNT_SW_PAGE_FAULTS) are not here: that event makes each fault about as much dearer as all of
// these together, for a number that is 0 in nearly every trial. fault_trace counts them.
constexpr std::array<EventRow, kEvents> kRows = {{
    {"minor-faults:u", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN, CountedMode::user},
    {"minor-faults:k", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN, CountedMode::kernel},
    {"major-faults:u", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ, CountedMode::user},
    {"major-faults:k", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ, CountedMode::kernel},
    {"context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, CountedMode::both},
    {"cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS, CountedMode::both},
    {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, CountedMode::both},
    {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, CountedMode::both},
    {"dTLB-load-misses", PERF_TYPE_HW_CACHE, kDtlbLoadMisses, CountedMode::both},
}};

// One row of the table, opened on each of the threads.
class Counted {
 public:
  Counted() = default;
  Counted(const EventRow& row, const std::vector<pid_t>& threads)
      : software_(row.type == PERF_TYPE_SOFTWARE) {
    auto attributes = software_ ? os::software_event(row.config, row.mode)
                                : os::hardware_event(row.type, row.config, row.mode);
    attributes.inherit = 1;
    missing_.reset();
    for (const pid_t thread : threads) {
      auto event = os::PerfEvent::open(attributes, {thread}, std::string(row.name));
      if (event) {
        events_.push_back(std::move(*event));
      } else if (event.error().code != ESRCH) {  // a thread that has ended meanwhile counts nothing
        missing_ = Missing{reason_of(event.error())};
        events_.clear();
        return;
      }
    }
    if (events_.empty()) missing_ = Missing{"every thread of the trial had ended"};
  }

  // One value a thread, with all that it started.
  std::vector<Value> by_thread() const {
    std::vector<Value> values;
    for (const auto& event : events_) values.push_back(software_ ? plain(event) : undivided(event));
    return values;
  }

  Value total() const {
    if (missing_) return *missing_;
    Value sum = Value::count(0);
    for (const Value& value : by_thread()) sum = sum + value;
    return sum;
  }

 private:
  static Value plain(const os::PerfEvent& event) {
    const auto count = event.count();
    return count ? Value::count(*count) : Value(Missing{reason_of(count.error())});
  }
  // A share of the time is no count, and scaling it up would be a guess.
  static Value undivided(const os::PerfEvent& event) {
    const auto timed = event.timed_count();
    if (!timed) return Missing{reason_of(timed.error())};
    if (timed->running_ns >= timed->enabled_ns) return Value::count(timed->value);
    return Missing{fmt::format("{} had a hardware counter for {} of {} ns only: others use the PMU too",
                               event.name(), timed->running_ns, timed->enabled_ns)};
  }

  bool software_ = true;
  std::vector<os::PerfEvent> events_;
  std::optional<Missing> missing_ = Missing{"the window never opened"};
};

class PerfFaultsProbe final : public Probe {
 public:
  explicit PerfFaultsProbe(const ProbeTarget& target) : target_(target) {}

  // Counting begins here: what the events say later is since before().
  void before() override {
    const auto threads = threads_of(target_);
    if (!threads) {
      totals_.assign(kEvents, Missing{reason_of(threads.error())});
      return;
    }
    for (std::size_t i = 0; i < kEvents; ++i) events_[i] = Counted(kRows[i], *threads);
    open_ = true;
  }

  void after() override {
    if (!open_) return;
    for (std::size_t i = 0; i < kEvents; ++i) totals_[i] = events_[i].total();
    threads_note_ = faults_by_thread();
    open_ = false;
    events_ = {};
  }

  void report(Readings& readings) const override {
    const auto put = [&](const char* metric, Value value, std::string note = {}) {
      readings.push_back({metric, "perf_faults", std::move(value), std::nullopt, std::move(note)});
    };
    const Value minor = totals_[kUserMinor] + totals_[kKernelMinor];
    const Value major = totals_[kUserMajor] + totals_[kKernelMajor];
    const std::string unseen = "without faults that the kernel makes itself (populate, O_DIRECT, mlock)";
    put("minor_faults", minor, unseen + threads_note_);
    put("major_faults", major, unseen);
    put("user_minor_faults", totals_[kUserMinor]);
    put("user_major_faults", totals_[kUserMajor]);
    put("kernel_minor_faults", totals_[kKernelMinor]);
    put("kernel_major_faults", totals_[kKernelMajor]);
    put("context_switches", totals_[kSwitches]);
    put("cpu_migrations", totals_[kMigrations]);
    put("cycles", totals_[kCycles]);
    put("instructions", totals_[kInstructions]);
    put("dtlb_misses", totals_[kDtlbMisses]);
  }

  void sample(Sample& row) override {
    const auto now = [&](Event event) { return open_ ? events_[event].total() : totals_[event]; };
    const Value kernel_minor = now(kKernelMinor);
    const Value kernel_major = now(kKernelMajor);
    row.emplace_back("minor_faults", now(kUserMinor) + kernel_minor);
    row.emplace_back("major_faults", now(kUserMajor) + kernel_major);
    row.emplace_back("kernel_minor_faults", kernel_minor);
    row.emplace_back("kernel_major_faults", kernel_major);
    row.emplace_back("context_switches", now(kSwitches));
    row.emplace_back("cpu_migrations", now(kMigrations));
  }

 private:
  static constexpr std::size_t kFewThreads = 16;

  // "; by thread: 3, 4096, 4096", the main thread first; no list that would be longer than the record.
  std::string faults_by_thread() const {
    std::vector<std::int64_t> counts;
    for (const Event event : {kUserMinor, kKernelMinor, kUserMajor, kKernelMajor}) {
      const auto values = events_[event].by_thread();
      if (counts.empty()) counts.resize(values.size());
      if (values.size() != counts.size()) return {};
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (!values[i].present()) return {};
        counts[i] += values[i].integer();
      }
    }
    if (counts.size() < 2) return {};
    const auto [least, most] = std::minmax_element(counts.begin() + 1, counts.end());
    const std::string head =
        fmt::format("; minor and major by thread, the main one first: {}", counts.front());
    if (counts.size() > kFewThreads) return head + fmt::format(", then {} to {}", *least, *most);
    return head + fmt::format(", {}", fmt::join(counts.begin() + 1, counts.end(), ", "));
  }

  ProbeTarget target_;
  bool open_ = false;
  std::array<Counted, kEvents> events_;
  std::vector<Value> totals_ = std::vector<Value>(kEvents, Missing{"the window never opened"});
  std::string threads_note_;
};

}  // namespace

extern const ProbeSpec perf_faults_probe;
const ProbeSpec perf_faults_probe = {
    {.name = "perf_faults",
     .summary =
         "perf events: faults by thread and mode, switches, migrations, cycles, TLB misses; a twentieth of a "
         "minor fault"},
    ProbeSide::parent,
    [](const ProbeTarget& target) -> std::unique_ptr<Probe> {
      return std::make_unique<PerfFaultsProbe>(target);
    },
    ProbeKind::tracer};

}  // namespace faultlab
