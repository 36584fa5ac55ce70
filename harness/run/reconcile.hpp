// What each source must say of a forecast, and whether it said so. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/scenario_spec.hpp"
#include "measure/reading.hpp"

namespace faultlab::run {

// What differs between kernels in what the sources count.
struct KernelRules {
  // Before Linux 6.4 pgfault also counts each pass that ended in a retry (probe/fault_rows.hpp).
  bool pgfault_counts_retries = false;
};

// One number of one source, by the source's own word for it.
struct Count {
  std::string source;
  std::string metric;
  Value value;
};
using Counts = std::vector<Count>;

// The faults of everybody else on the host while a scenario ran: the source of what host-wide rows
// hold beside the scenario's own.
inline constexpr std::string_view kOthers = "others";  // those that trapped, by perf events per CPU
// All of them, by the highest memory cgroup less the scenario's own: also those without a trap.
inline constexpr std::string_view kOthersCharged = "others_memcg";

struct Expectation {
  std::string_view source;
  std::string_view metric;
  Range predicted;
  std::string_view rule;
  bool host_wide = false;
  bool disturbable = false;  // others may add to it, and nothing tells how much: worth another window
};

// The counters of swap by their names in /proc/vmstat and memory.stat: rows of forecasts that swap.
std::vector<std::string_view> swap_counters();

// One row per source and metric, in the order in which they are printed.
std::vector<Expectation> expectations(const Forecast& forecast, const KernelRules& rules);

enum class Verdict {
  closes,     // the measured count is the predicted one, or in the predicted range
  explained,  // the residual is exactly what another source counted
  unsettled,  // a host-wide row, and others are counted to have faulted meanwhile: it cannot be judged
  off,
  missing,  // the source could not be read; the value says why
};
std::string_view to_string(Verdict verdict);

struct JudgedRow {
  Expectation expected;
  Value measured;
  std::optional<std::int64_t> residual;  // measured less the nearest predicted count
  Verdict verdict;
  std::string detail;  // of `explained` and `unsettled`: the counted quantity
};

// `shift` moves every prediction before it is judged, a range so far that nothing that it held stays in
// it: a row that closes with a shift could not fail.
std::vector<JudgedRow> reconcile(const Forecast& forecast, const KernelRules& rules, const Counts& counts,
                                 std::int64_t shift = 0);

// No row contradicts the forecast, and at least one confirms it.
bool all_close(const std::vector<JudgedRow>& rows);

}  // namespace faultlab::run
