// Probe `memcg`: the trial's own memory cgroup, v1 or v2.
#include <unistd.h>

#include "host/cgroup.hpp"
#include "probe/counters.hpp"
#include "probe/fault_rows.hpp"

namespace faultlab {
namespace {

constexpr Need kMemcgNeeds[] = {Need::memory_cgroup};

// memory.stat lags: the kernel flushes per-CPU updates when a reader finds more than
// MEMCG_CHARGE_BATCH (64) of them per CPU pending, else every two seconds (mm/memcontrol.c).
std::int64_t unflushed_updates() { return 64 * ::sysconf(_SC_NPROCESSORS_ONLN); }

Value value_of(const Result<Bytes>& bytes) {
  return bytes ? Value::count(bytes->value) : Value(Missing{bytes.error().what});
}

// One row of memory.events, which the kernel keeps exactly.
Value bound_hits(const MemoryCgroup* cgroup, std::string_view row) {
  if (cgroup == nullptr) return Missing{"the trial has no memory cgroup of its own"};
  const auto events = cgroup->events();
  if (!events) return Missing{events.error().what};
  return sum_of(NamedCounts(events->begin(), events->end()), {row}, "memory.events");
}

Counters read_memcg(const MemoryCgroup* cgroup) {
  NamedCounts rows;
  std::string why = "the trial has no memory cgroup of its own";
  if (cgroup != nullptr) {
    if (const auto stat = cgroup->stat()) {
      rows.insert(stat->begin(), stat->end());
      why.clear();
    } else {
      why = stat.error().what;
    }
  }
  const auto sum = [&](std::initializer_list<std::string_view> names) {
    return why.empty() ? sum_of(rows, names, "memory.stat") : Value(Missing{why});
  };
  const auto charge = [&](auto read) {
    return cgroup == nullptr ? Value(Missing{why}) : value_of((cgroup->*read)());
  };
  const auto counter = Counter::Kind::counter;
  const auto gauge = Counter::Kind::gauge;
  const std::int64_t lag = unflushed_updates();
  // No bound where the row itself counts too much.
  const std::string note = retry_note();
  const auto fault_lag = note.empty() ? std::optional(lag) : std::nullopt;
  return {{"minor_faults", sum({"pgfault"}) - sum({"pgmajfault"}), counter, fault_lag, note},
          {"major_faults", sum({"pgmajfault"}), counter, lag},
          {"refaulted_pages", sum({"workingset_refault_file"}), counter, lag},
          {"trimmed_shadow_nodes", sum({"workingset_nodereclaim"}), counter, lag},
          {"scanned_pages", sum({"pgscan"}), counter, lag},
          {"reclaimed_pages", sum({"pgsteal"}), counter, lag},
          {"direct_reclaimed_pages", sum({"pgsteal_direct"}), counter, lag},
          {"background_reclaimed_pages", sum({"pgsteal_kswapd"}), counter, lag},
          {"direct_scanned_pages", sum({"pgscan_direct"}), counter, lag},
          {"background_scanned_pages", sum({"pgscan_kswapd"}), counter, lag},
          {"swapped_in_pages", sum({"pswpin"}), counter, lag},
          {"swapped_out_pages", sum({"pswpout"}), counter, lag},
          {"zswapped_in_pages", sum({"zswpin"}), counter, lag},
          {"zswapped_out_pages", sum({"zswpout"}), counter, lag},
          {"zswap_written_back_pages", sum({"zswpwb"}), counter, lag},
          {"zero_swapped_in_pages", sum({"swpin_zero"}), counter, lag},
          {"zero_swapped_out_pages", sum({"swpout_zero"}), counter, lag},
          {"refaulted_anonymous_pages", sum({"workingset_refault_anon"}), counter, lag},
          {"limit_hits", bound_hits(cgroup, "max"), counter},
          {"soft_limit_hits", bound_hits(cgroup, "high"), counter},
          {"memory_charged_bytes", charge(&MemoryCgroup::usage), gauge},
          {"memory_peak_bytes", charge(&MemoryCgroup::peak), gauge}};
}

}  // namespace

extern const ProbeSpec memcg_probe;
const ProbeSpec memcg_probe = {
    {.name = "memcg",
     .summary = "memory.stat, events, usage and peak of the trial's cgroup (v1, v2); up to two seconds stale",
     .needs = kMemcgNeeds},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_counter_probe("memcg", Sampled::yes,
                                [cgroup = target.cgroup] { return read_memcg(cgroup); });
    }};

}  // namespace faultlab
