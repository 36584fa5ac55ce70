// The sources: rusage, /proc/self/stat, perf events, tracepoints, memory.stat, /proc/vmstat.
#include "run/fault_sources.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "host/text.hpp"
#include "os/file.hpp"
#include "os/perf_event.hpp"
#include "os/tracefs.hpp"
#include "run/memcg_stir.hpp"

namespace faultlab::run {
namespace {

constexpr std::size_t kTextSize = 32UL << 10;  // more than any of the files has

constexpr const char* kMemoryStat = "/memory.stat";

// "/a/b/memory.stat" or "/a/b": the folder above b.
std::string above(std::string path) {
  if (path.ends_with(kMemoryStat)) path.resize(path.size() - std::string_view(kMemoryStat).size());
  return path.substr(0, path.rfind('/'));
}

Missing missing(const Error& error) {
  return {error.remedy.empty() ? error.what : fmt::format("{}; {}", error.what, error.remedy)};
}

}  // namespace

// One perf event on this task and its heirs, or one per CPU on everybody.
class FaultSources::EventCount {
 public:
  EventCount(std::string source, std::string metric)
      : source_(std::move(source)), metric_(std::move(metric)) {}

  void add(Result<os::PerfEvent> event) {
    if (event) {
      events_.push_back(std::move(*event));
    } else if (!lack_) {
      lack_ = missing(event.error());
    }
  }
  void lack(Missing why) { lack_ = std::move(why); }
  void read(Moment moment) {
    std::uint64_t& sum = at_[static_cast<std::size_t>(moment)];
    sum = 0;
    for (const os::PerfEvent& event : events_) {
      const auto count = event.count();
      if (count) {
        sum += *count;
      } else {
        lack_ = missing(count.error());
      }
    }
  }
  Value outer() const { return lack_ ? Value(*lack_) : Value::count(at_[3] - at_[0]); }
  Value inner() const { return lack_ ? Value(*lack_) : Value::count(at_[2] - at_[1]); }
  const std::string& source() const { return source_; }
  const std::string& metric() const { return metric_; }

 private:
  std::string source_, metric_;
  std::vector<os::PerfEvent> events_;
  std::optional<Missing> lack_;
  std::array<std::uint64_t, 4> at_{};  // by moment
};

// A text file of the kernel's, read whole into memory that is there already.
class FaultSources::TextFile {
 public:
  void open(const std::string& path) {
    path_ = path;
    for (auto& text : texts_) text.assign(kTextSize, '\0');
    auto fd = os::open_fd(path, O_RDONLY);
    if (fd) {
      fd_ = std::move(*fd);
    } else {
      lack_ = missing(fd.error());
    }
  }
  void lack(std::string why) { lack_ = Missing{std::move(why)}; }
  void read(Moment moment) {
    if (!fd_.held()) return;
    const auto at = static_cast<std::size_t>(moment);
    const auto got = os::read_some(fd_, texts_[at].data(), kTextSize, path_);
    sizes_[at] = got ? *got : 0;
  }
  // The change of what `number` finds in the text, between these moments.
  template <class Number>
  Value change(Number number, Moment from = Moment::begin_outer, Moment to = Moment::end_outer) const {
    if (lack_) return *lack_;
    const auto before = number(text(from));
    const auto after = number(text(to));
    if (!before || !after) return Missing{path_ + " has an unknown form"};
    return Value(static_cast<std::int64_t>(*after) - static_cast<std::int64_t>(*before));
  }
  Value row_change(std::string_view row) const {
    return change([&](std::string_view text) { return host::number_after(text, row); });
  }
  // Of a row that not every kernel has.
  Value newer_row_change(std::string_view row) const {
    if (!lack_ && !host::number_after(text(Moment::begin_outer), row)) {
      return Missing{fmt::format("this kernel's {} has no {}", path_.substr(path_.rfind('/') + 1), row)};
    }
    return row_change(row);
  }
  // Of everything below a cgroup: v1 has rows of its own for that.
  Value sum_change(const std::string& row, Moment from, Moment to) const {
    return change(
        [&](std::string_view text) {
          const auto total = host::number_after(text, "total_" + row);
          return total ? total : host::number_after(text, row);
        },
        from, to);
  }

 private:
  std::string_view text(Moment moment) const {
    const auto at = static_cast<std::size_t>(moment);
    return std::string_view(texts_[at]).substr(0, sizes_[at]);
  }
  std::string path_;
  os::Fd fd_;
  std::optional<Missing> lack_;
  std::array<std::string, 4> texts_;  // by moment
  std::array<std::size_t, 4> sizes_{};
};

struct FaultSources::State {
  std::vector<EventCount> events;  // of this task and its heirs
  std::vector<EventCount> everybody;
  TextFile task_stat, memory_stat, vmstat;
  std::vector<TextFile> above;  // memory.stat of the cgroups above ours, the highest last; never empty
  std::optional<MemcgStir> stir;
  std::array<rusage, 2> usage{};
};

namespace {

struct NamedEvent {
  const char* metric;
  std::uint64_t config;
};
constexpr std::array kFaultEvents = {NamedEvent{"minor", PERF_COUNT_SW_PAGE_FAULTS_MIN},
                                     NamedEvent{"major", PERF_COUNT_SW_PAGE_FAULTS_MAJ},
                                     NamedEvent{"traps", PERF_COUNT_SW_PAGE_FAULTS}};

// Inherited: counts in threads and processes that are made later arrive in the same event.
Result<os::PerfEvent> open_own(perf_event_attr attributes, const std::string& name) {
  attributes.inherit = 1;
  return os::PerfEvent::open(attributes, {}, name);
}

Result<os::PerfEvent> open_tracepoint(const char* name) {
  const auto found = os::find_tracepoint("exceptions", name);
  if (!found) return Failure(found.error());
  return open_own(os::perf_attributes(PERF_TYPE_TRACEPOINT, found->id), found->name);
}

// Field `number` of /proc/PID/stat as proc(5) counts them; the name before may hold blanks.
std::optional<std::uint64_t> stat_field(std::string_view text, std::size_t number) {
  const auto end_of_name = text.rfind(')');
  if (end_of_name == std::string_view::npos) return std::nullopt;
  const auto fields = host::words_of(text.substr(end_of_name + 1));
  constexpr std::size_t kFirst = 3;
  return number - kFirst < fields.size() ? host::to_number(fields[number - kFirst]) : std::nullopt;
}

}  // namespace

FaultSources::FaultSources() : state_(std::make_unique<State>()) {}
FaultSources::~FaultSources() = default;

void FaultSources::open_events() {
  using os::CountedMode;
  constexpr std::array<std::pair<const char*, CountedMode>, 3> kModes = {
      {{"perf", CountedMode::both}, {"perf_user", CountedMode::user}, {"perf_kernel", CountedMode::kernel}}};
  for (const auto& [source, mode] : kModes) {
    for (const NamedEvent& each : kFaultEvents) {
      EventCount& count = state_->events.emplace_back(source, each.metric);
      count.add(open_own(os::software_event(each.config, mode), fmt::format("{} {}", source, each.metric)));
    }
  }
  state_->events.emplace_back("tracepoint", "user").add(open_tracepoint("page_fault_user"));
  state_->events.emplace_back("tracepoint", "kernel").add(open_tracepoint("page_fault_kernel"));
  const long cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  for (const NamedEvent& each : kFaultEvents) {
    EventCount& count = state_->everybody.emplace_back("everybody", each.metric);
    for (int cpu = 0; cpu < cpus; ++cpu) {
      count.add(os::PerfEvent::open(os::software_event(each.config), {-1, cpu},
                                    fmt::format("{} on CPU {}", each.metric, cpu)));
    }
  }
}

void FaultSources::open_files(const std::string& memory_stat, const std::string& why_no_cgroup,
                              const std::string& top_memory_stat) {
  State& s = *state_;
  s.task_stat.open("/proc/self/stat");
  s.vmstat.open("/proc/vmstat");
  if (memory_stat.empty()) {
    s.memory_stat.lack(why_no_cgroup);
    s.above.emplace_back().lack(why_no_cgroup);
    return;
  }
  s.memory_stat.open(memory_stat);
  // From our own up to the highest.
  for (std::string file = memory_stat; file.size() > top_memory_stat.size();) {
    file = above(file) + kMemoryStat;
    s.above.emplace_back().open(file);
  }
  if (s.above.empty()) s.above.emplace_back().lack("no cgroup above the scenario's own is in sight");
  if (auto stir = MemcgStir::make()) {
    s.stir.emplace(std::move(*stir));
  } else {
    s.memory_stat.lack(missing(stir.error()).why);
    s.above.back().lack(missing(stir.error()).why);
  }
}

// Mirrored: what is read first at the beginning is read last at the end. What counts everybody is read
// on both sides of the file that it is compared with.
void FaultSources::read_all(Edge edge) {
  State& s = *state_;
  const bool begins = edge == Edge::begin;
  const Moment first = begins ? Moment::begin_outer : Moment::end_inner;
  const Moment second = begins ? Moment::begin_inner : Moment::end_outer;
  const Moment scratch = begins ? Moment::begin_inner : Moment::end_inner;
  const Moment moment = begins ? Moment::begin_outer : Moment::end_outer;
  const auto own = [&] {
    for (EventCount& event : s.events) event.read(moment);
  };
  // An update goes up only as far as no cgroup on the way is due for folding already (memcg_rstat_updated):
  // so they are folded one after the other, from below.
  const auto top = [&](Moment at) {
    if (!s.stir) return;
    s.stir->stir();
    s.memory_stat.read(scratch);
    for (TextFile& each : s.above) {
      s.stir->stir();
      each.read(at);
    }
  };
  const auto host_wide = [&] {
    top(first);
    for (EventCount& event : s.everybody) event.read(first);
    s.vmstat.read(moment);
    for (EventCount& event : s.everybody) event.read(second);
    top(second);
  };
  const auto memcg = [&] {
    if (s.stir) s.stir->stir();
    s.memory_stat.read(moment);
  };
  rusage& usage = s.usage[static_cast<std::size_t>(edge)];
  if (begins) {
    memcg();
    host_wide();
    s.task_stat.read(moment);
    own();
    ::getrusage(RUSAGE_SELF, &usage);
  } else {
    ::getrusage(RUSAGE_SELF, &usage);
    own();
    s.task_stat.read(moment);
    host_wide();
    memcg();
  }
}

Counts FaultSources::counts() const {
  const State& s = *state_;
  const auto stat_change = [&](std::size_t field) {
    return s.task_stat.change([&](std::string_view text) { return stat_field(text, field); });
  };
  constexpr std::size_t kMinorField = 10;
  constexpr std::size_t kMajorField = 12;
  Counts counts = {{"rusage", "minor", Value(std::int64_t{s.usage[1].ru_minflt - s.usage[0].ru_minflt})},
                   {"rusage", "major", Value(std::int64_t{s.usage[1].ru_majflt - s.usage[0].ru_majflt})},
                   {"task_stat", "minor", stat_change(kMinorField)},
                   {"task_stat", "major", stat_change(kMajorField)},
                   {"memcg", "pgfault", s.memory_stat.row_change("pgfault")},
                   {"memcg", "pgmajfault", s.memory_stat.row_change("pgmajfault")},
                   {"vmstat", "pgfault", s.vmstat.row_change("pgfault")},
                   {"vmstat", "pgmajfault", s.vmstat.row_change("pgmajfault")}};
  for (const std::string_view row : swap_counters()) {
    counts.push_back({"memcg", std::string(row), s.memory_stat.newer_row_change(row)});
    counts.push_back({"vmstat", std::string(row), s.vmstat.newer_row_change(row)});
  }
  for (const EventCount& event : s.events) counts.push_back({event.source(), event.metric(), event.outer()});
  // `events` begins with the same three, of both modes.
  const auto others = [&](std::size_t i, auto span) {
    return (s.everybody[i].*span)() - s.events[i].outer();
  };
  const auto add = [&](const char* metric, Value value) {
    counts.push_back({std::string(kOthers), metric, std::move(value)});
  };
  for (const auto& [suffix, span] :
       {std::pair{"", &EventCount::outer}, std::pair{"_least", &EventCount::inner}}) {
    add(fmt::format("pgfault{}", suffix).c_str(), others(0, span) + others(1, span));
    add(fmt::format("pgmajfault{}", suffix).c_str(), others(1, span));
  }
  add("traps", others(2, &EventCount::outer));
  for (const char* row : {"pgfault", "pgmajfault"}) {
    const auto rest = [&](Moment from, Moment to) {
      const Value all = s.above.back().sum_change("pgfault", from, to) - s.memory_stat.row_change("pgfault");
      if (all.present() && all.integer() < 0)
        return Value(Missing{"the highest memory cgroup was not folded in time"});
      return s.above.back().sum_change(row, from, to) - s.memory_stat.row_change(row);
    };
    counts.push_back({std::string(kOthersCharged), row, rest(Moment::begin_outer, Moment::end_outer)});
    counts.push_back({std::string(kOthersCharged), std::string(row) + "_least",
                      rest(Moment::begin_inner, Moment::end_inner)});
  }
  return counts;
}

}  // namespace faultlab::run
