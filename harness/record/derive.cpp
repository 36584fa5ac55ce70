// Derived readings.
#include "record/derive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "measure/metrics.hpp"

namespace faultlab::record {
namespace {

// Sources that see the trial alone; host-wide ones differ from them legitimately. So does perf_faults,
// which sees traps: what it lacks has a name of its own, untrapped_faults.
constexpr std::array<std::string_view, 4> kOwnSources = {"rusage", "task_stat", "memcg", "io"};

constexpr std::int64_t kPageBytes = static_cast<std::int64_t>(kPage.value);

void add(Readings& readings, std::string_view metric, Value value, std::string_view source = "derived",
         std::string note = {}) {
  readings.push_back(
      {std::string(metric), std::string(source), std::move(value), std::nullopt, std::move(note)});
}

void append_note(std::string& note, std::string_view more) {
  if (more.empty()) return;
  if (!note.empty()) note += "; ";
  note += more;
}

// What a count of evictions is where the ledger is not there to prove it. Whatever others bring in and
// reclaim takes is not in what the trial fetched; whatever others fetch is in what the device gave.
std::string_view bound_of(std::string_view source) {
  return source == "io" ? "derived; a lower bound where others read the file too"
                        : "derived; an upper bound: everybody's reads from the device are in it";
}

// What came in and is not there any more has been evicted. This holds for a file that nobody writes, and
// for stores into its mapping, which read a page first.
void add_evictions(Readings& readings, const std::string& background_reclaimer) {
  const Reading* ledger = find(readings, "evicted_pages", "page_cache");
  const bool proved = ledger != nullptr && ledger->value.present();
  const Value growth = primary(readings, "resident_pages_after") - primary(readings, "resident_pages_before");
  for (const std::string_view source : {"io", "disk"}) {
    const Reading* read = find(readings, "device_read_bytes", source);
    if (read == nullptr) continue;
    Value evicted = read->value.present() ? Value(read->value.integer() / kPageBytes) - growth : read->value;
    std::string note(proved ? std::string_view() : bound_of(source));
    if (!background_reclaimer.empty()) {
      append_note(note, "includes pages taken by a background reclaimer, " + background_reclaimer);
    }
    append_note(note, read->note);
    add(readings, "evicted_pages", std::move(evicted), source, std::move(note));
  }
}

// The kernel counts a refault by the shadow entry that an eviction leaves in the page cache's tree;
// those of trimmed nodes are gone (mm/workingset.c, shadow_lru_isolate). v1 cgroups have no row of
// their own for it: then the host's stands for them.
void flag_trimmed_shadows(Readings& readings) {
  for (Reading& reading : readings) {
    if (reading.metric != "refaulted_pages" || !reading.value.present()) continue;
    if (reading.source != "memcg" && reading.source != "vmstat") continue;
    const Reading* own = find(readings, "trimmed_shadow_nodes", reading.source);
    const Value trimmed =
        own != nullptr && own->value.present() ? own->value : primary(readings, "trimmed_shadow_nodes");
    if (!trimmed.present() || trimmed.integer() == 0) continue;
    append_note(reading.note, fmt::format("a lower bound: the kernel trimmed {} nodes of shadow entries",
                                          trimmed.integer()));
  }
}

// DAMON's pageout does not pass through the counters of page reclaim, so what they miss is its share.
// They are the whole host's on cgroup v1: other processes' reclaim makes the share a lower bound.
Value background_share(const Readings& readings, const std::string& background_reclaimer) {
  if (background_reclaimer.empty()) return Missing{"no background reclaimer runs here"};
  const Value share = primary(readings, "evicted_pages") - primary(readings, "reclaimed_pages");
  if (share.present() && share.integer() < 0) return Missing{"other processes' reclaim hides it"};
  return share;
}

// mm_account_fault() counts a fault of get_user_pages() for the task, but has no registers to give to
// perf (mm/memory.c). Both sides of the difference are read by the parent where they can be.
void add_untrapped(Readings& readings) {
  if (find(readings, "minor_faults", "perf_faults") == nullptr) return;
  const auto faults = [&](std::string_view source) {
    Value sum = Value::count(0);
    for (const std::string_view metric : {"minor_faults", "major_faults"}) {
      const Reading* reading = find(readings, metric, source);
      sum = sum + (reading == nullptr ? Value(Missing{"no probe was asked for it"}) : reading->value);
    }
    return sum;
  };
  const Value outside = faults("task_stat");
  add(readings, "untrapped_faults", (outside.present() ? outside : faults("rusage")) - faults("perf_faults"));
}

void add_spreads(Readings& readings) {
  for (const Metric& metric : metrics()) {
    std::vector<std::int64_t> values;
    for (const std::string_view source : kOwnSources) {
      const Reading* reading = find(readings, metric.name, source);
      if (reading != nullptr && reading->value.present()) values.push_back(reading->value.integer());
    }
    if (values.size() < 2) continue;
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    add(readings, metric.name, Value(*most - *least), "spread");
  }
}

}  // namespace

Value primary(const Readings& readings, std::string_view metric) {
  const Metric* row = find_metric(metric);
  if (row == nullptr) return Missing{fmt::format("no metric is called {}", metric)};
  Value first = Missing{"no probe was asked for it"};
  bool met = false;
  for (std::string_view rest = row->sources; !rest.empty();) {
    const std::string_view source = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), source.size() + 1));
    const Reading* reading = find(readings, metric, source);
    if (reading == nullptr) continue;
    if (reading->value.present()) return reading->value;
    if (!met) first = reading->value;
    met = true;
  }
  return first;
}

void derive(Readings& readings, Bytes block, const std::string& background_reclaimer) {
  const Value accesses = primary(readings, "accesses");
  // Of a program of the user's nobody knows the block: what it did not report is missing.
  const Reading* reported = find(readings, "bytes", "command");
  const Value bytes = reported != nullptr ? reported->value : accesses * Value::count(block.value);
  if (reported == nullptr) add(readings, "bytes", bytes);
  add(readings, "ops_per_second", accesses * Value(1e9) / primary(readings, "wall_ns"));
  add(readings, "bytes_per_second", bytes * Value(1e9) / primary(readings, "wall_ns"));
  add(readings, "faults_per_access",
      (primary(readings, "minor_faults") + primary(readings, "major_faults")) / accesses);
  add(readings, "read_amplification", primary(readings, "device_read_bytes") / bytes);
  add(readings, "system_ns_per_access", primary(readings, "system_ns") / accesses);
  add(readings, "tlb_shootdowns_per_access", primary(readings, "tlb_shootdowns") / accesses);
  flag_trimmed_shadows(readings);
  add_evictions(readings, background_reclaimer);
  add(readings, "background_evicted_pages", background_share(readings, background_reclaimer), "derived",
      background_reclaimer);
  add_untrapped(readings);
  add_spreads(readings);
}

void remove_times(Readings& readings) {
  for (Reading& reading : readings) {
    const Metric* metric = find_metric(reading.metric);
    if (metric == nullptr || (metric->unit != "ns" && metric->unit != "1/s")) continue;
    // A time that would be missing anyway keeps its own reason.
    if (reading.value.present()) reading.value = Missing{"emulated"};
    reading.within.reset();
    reading.note.clear();
  }
}

}  // namespace faultlab::record
