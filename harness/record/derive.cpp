// Derived readings.
#include "record/derive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "measure/metrics.hpp"

namespace faultlab::record {
namespace {

// Sources that see the trial alone; host-wide ones differ from them legitimately.
constexpr std::array<std::string_view, 4> kOwnSources = {"rusage", "task_stat", "memcg", "io"};

constexpr std::int64_t kPageBytes = static_cast<std::int64_t>(kPage.value);

void add(Readings& readings, std::string_view metric, Value value, std::string_view source = "derived",
         std::string note = {}) {
  readings.push_back(
      {std::string(metric), std::string(source), std::move(value), std::nullopt, std::move(note)});
}

// Buffered reads of a file nobody writes: what came in and is not there any more has been evicted.
void add_evictions(Readings& readings, const std::string& background_reclaimer) {
  const Value growth = primary(readings, "resident_pages_after") - primary(readings, "resident_pages_before");
  const std::string note = background_reclaimer.empty()
                               ? ""
                               : "includes pages taken by a background reclaimer, " + background_reclaimer;
  for (const std::string_view source : {"io", "disk"}) {
    const Reading* read = find(readings, "device_read_bytes", source);
    if (read == nullptr) continue;
    Value evicted = read->value.present() ? Value(read->value.integer() / kPageBytes) - growth : read->value;
    std::string full_note = note;
    if (!read->note.empty()) full_note += (note.empty() ? "" : "; ") + read->note;
    add(readings, "evicted_pages", std::move(evicted), source, std::move(full_note));
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
  const Value bytes = accesses * Value::count(block.value);
  add(readings, "bytes", bytes);
  add(readings, "ops_per_second", accesses * Value(1e9) / primary(readings, "wall_ns"));
  add(readings, "faults_per_access",
      (primary(readings, "minor_faults") + primary(readings, "major_faults")) / accesses);
  add(readings, "read_amplification", primary(readings, "device_read_bytes") / bytes);
  add_evictions(readings, background_reclaimer);
  add(readings, "background_evicted_pages", background_share(readings, background_reclaimer), "derived",
      background_reclaimer);
  add_spreads(readings);
}

void remove_times(Readings& readings) {
  for (Reading& reading : readings) {
    const Metric* metric = find_metric(reading.metric);
    if (metric == nullptr || (metric->unit != "ns" && metric->unit != "1/s")) continue;
    reading.value = Missing{"emulated"};
    reading.within.reset();
    reading.note.clear();
  }
}

}  // namespace faultlab::record
