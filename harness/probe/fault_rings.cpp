// Events, rings and their records.
#include "probe/fault_rings.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "probe/threads.hpp"

namespace faultlab {
namespace {

// More descriptors than this, and a ring per thread is the cheaper way.
constexpr std::size_t kMostInherited = 512;
constexpr std::size_t kSmallestRing = 8;  // pages
constexpr std::size_t kAllRings = 32768;  // pages that all rings share, where there are many

// PERF_RECORD_SAMPLE with IP, TID, TIME and ADDR (perf_event_open(2)).
struct RawSample {
  perf_event_header header;
  std::uint64_t instruction;
  std::uint32_t process;
  std::uint32_t thread;
  std::uint64_t time;
  std::uint64_t address;
};

perf_event_attr sampling(FaultKind kind, os::CountedMode mode, bool inherit) {
  auto attributes = os::software_event(
      kind == FaultKind::minor ? PERF_COUNT_SW_PAGE_FAULTS_MIN : PERF_COUNT_SW_PAGE_FAULTS_MAJ, mode);
  attributes.sample_period = 1;
  attributes.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR;
  attributes.use_clockid = 1;
  attributes.clockid = CLOCK_MONOTONIC;  // the progress page's
  attributes.inherit = inherit;
  attributes.disabled = 1;  // until there is a ring
  return attributes;
}

FaultRecord record_of(const RawSample& sample, FaultKind kind, std::uint16_t cpu) {
  const bool user = (sample.header.misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_USER;
  return {sample.time,
          sample.address,
          sample.instruction,
          sample.thread,
          kind,
          user ? FaultMode::user : FaultMode::kernel,
          cpu};
}

bool refused(const Error& error) { return error.code == EACCES || error.code == EPERM; }

}  // namespace

struct FaultRings::Plan {
  std::vector<pid_t> threads;
  int cpus = 0;
  bool per_cpu = false;
};

Result<FaultRings> FaultRings::open(const std::vector<pid_t>& threads, std::size_t largest_ring) {
  Plan plan{threads, static_cast<int>(::sysconf(_SC_NPROCESSORS_CONF))};
  plan.per_cpu = 2 * threads.size() * static_cast<std::size_t>(plan.cpus) <= kMostInherited;
  FaultRings rings;
  auto opened = rings.open_sources(plan, os::CountedMode::both);
  if (!opened && refused(opened.error())) {
    rings.flags_ |= kUserModeOnly;
    rings.note_ = "without faults in kernel mode (" + opened.error().remedy + ")";
    opened = rings.open_sources(plan, os::CountedMode::user);
  }
  if (!opened) return propagate(std::move(opened));
  if (!plan.per_cpu) {
    rings.flags_ |= kFirstThreadsOnly;
    rings.note_ += rings.note_.empty() ? "" : "; ";
    rings.note_ += "without threads and programs that were started inside the window";
  }
  if (auto mapped = rings.map_rings(largest_ring); !mapped) return propagate(std::move(mapped));
  if (auto started = rings.start(); !started) return propagate(std::move(started));
  rings.open_traps(plan);
  return rings;
}

// In both modes or not at all: in user mode alone the difference would be no count of failures.
void FaultRings::open_traps(const Plan& plan) {
  auto attributes = os::software_event(PERF_COUNT_SW_PAGE_FAULTS);
  attributes.inherit = plan.per_cpu;
  for (const pid_t thread : plan.threads) {
    auto event = os::PerfEvent::open(attributes, {thread}, "page-faults");
    if (event) {
      traps_.push_back(std::move(*event));
    } else if (event.error().code != ESRCH) {
      no_traps_ = Missing{reason_of(event.error())};
      traps_.clear();
      return;
    }
  }
}

Result<> FaultRings::open_sources(const Plan& plan, os::CountedMode mode) {
  sources_.clear();
  Result<> first = fail("no thread of the trial could be traced");
  const std::size_t places = plan.per_cpu ? static_cast<std::size_t>(plan.cpus) : plan.threads.size();
  for (const FaultKind kind : {FaultKind::minor, FaultKind::major}) {
    const auto attributes = sampling(kind, mode, plan.per_cpu);
    for (std::size_t place = 0; place < places; ++place) {
      const int cpu = plan.per_cpu ? static_cast<int>(place) : -1;
      Source source{kind, cpu < 0 ? FaultRecord::kNoCpu : static_cast<std::uint16_t>(cpu), {}, {}};
      for (std::size_t i = 0; i < plan.threads.size(); ++i) {
        if (!plan.per_cpu && i != place) continue;
        auto event = os::PerfEvent::open(attributes, {plan.threads[i], cpu},
                                         kind == FaultKind::minor ? "minor-faults" : "major-faults");
        if (event) {
          source.events.push_back(std::move(*event));
          continue;
        }
        // A number that no CPU has, or a thread that has ended, is no failure while others are there.
        const int code = event.error().code;
        first = propagate(std::move(event));
        if (code != ENODEV && code != EINVAL && code != ESRCH) return first;
      }
      if (!source.events.empty()) sources_.push_back(std::move(source));
    }
  }
  return sources_.empty() ? first : Result<>();
}

// All of one size, and as large as the user may lock.
Result<> FaultRings::map_rings(std::size_t largest) {
  std::size_t pages = std::bit_floor(std::clamp(kAllRings / sources_.size(), kSmallestRing, largest));
  for (;; pages /= 2) {
    Result<> mapped;
    for (Source& source : sources_) {
      source.ring.clear();
      auto ring = os::PerfRing::map(source.events.front(), pages);
      if (ring) {
        source.ring.push_back(std::move(*ring));
      } else {
        mapped = propagate(std::move(ring));
        break;
      }
    }
    if (mapped || pages <= kSmallestRing) return mapped;
    for (Source& source : sources_) source.ring.clear();
  }
}

Result<> FaultRings::start() {
  for (const Source& source : sources_) {
    const os::PerfEvent& leader = source.events.front();
    for (const os::PerfEvent& event : source.events) {
      if (&event == &leader) continue;
      if (auto shared = event.redirect_to(leader); !shared) return shared;
    }
  }
  for (const Source& source : sources_) {
    for (const os::PerfEvent& event : source.events) {
      if (auto enabled = event.enable(); !enabled) return enabled;
    }
  }
  return {};
}

std::size_t FaultRings::drain(const std::function<void(const FaultRecord&)>& visit) {
  std::size_t records = 0;
  for (Source& source : sources_) {
    source.ring.front().drain([&](const perf_event_header& header) {
      if (header.type != PERF_RECORD_SAMPLE || header.size < sizeof(RawSample)) return;
      RawSample sample;
      std::memcpy(&sample, &header, sizeof sample);
      visit(record_of(sample, source.kind, source.cpu));
      ++records;
    });
  }
  return records;
}

Result<> FaultRings::stop() {
  for (const Source& source : sources_) {
    for (const os::PerfEvent& event : source.events) {
      if (auto disabled = event.disable(); !disabled) return disabled;
    }
  }
  for (const os::PerfEvent& event : traps_) {
    if (auto disabled = event.disable(); !disabled) return disabled;
  }
  return {};
}

Value FaultRings::failed() const {
  if (traps_.empty()) return no_traps_;
  std::uint64_t traps = 0;
  for (const os::PerfEvent& event : traps_) {
    const auto count = event.count();
    if (!count) return Missing{reason_of(count.error())};
    traps += *count;
  }
  const auto faults = counted();
  if (!faults) return Missing{reason_of(faults.error())};
  return Value::count(traps) - Value::count(*faults);
}

Result<std::uint64_t> FaultRings::counted() const {
  std::uint64_t sum = 0;
  for (const Source& source : sources_) {
    for (const os::PerfEvent& event : source.events) {
      auto count = event.count();
      if (!count) return count;
      sum += *count;
    }
  }
  return sum;
}

}  // namespace faultlab
