// The general rules of the fault counters, as arithmetic on a forecast.
#include "run/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace faultlab::run {
namespace {

const Value* value_of(const Counts& counts, std::string_view source, std::string_view metric) {
  const auto at = std::find_if(counts.begin(), counts.end(),
                               [&](const Count& c) { return c.source == source && c.metric == metric; });
  return at == counts.end() ? nullptr : &at->value;
}

std::int64_t beyond(const Range& range, std::int64_t count) {
  if (count < range.least) return count - range.least;
  return count > range.most ? count - range.most : 0;
}

struct Others {
  bool known = false;
  Range faults;
};

Others others_of(const Counts& counts, std::string_view source, std::string_view metric) {
  const Value* most = value_of(counts, source, metric);
  const Value* least = value_of(counts, source, std::string(metric) + "_least");
  if (most == nullptr || least == nullptr || !most->present() || !least->present()) return {};
  return {true, {least->integer(), most->integer()}};
}

// A host-wide row holds the faults of all others too; as many as they are counted to have had are theirs.
// They are counted on both sides of the reading, for nothing on a host happens at once.
void judge_others(JudgedRow& row, const Counts& counts) {
  std::string seen;
  bool known = false;
  bool any = false;
  for (const std::string_view source : {kOthers, kOthersCharged}) {
    const Others others = others_of(counts, source, row.expected.metric);
    if (!others.known) continue;
    const auto text = others.faults.fixed()
                          ? fmt::format("{}={}", source, others.faults.least)
                          : fmt::format("{}={}..{}", source, others.faults.least, others.faults.most);
    if (others.faults.contains(*row.residual)) {
      row.verdict = Verdict::explained;
      row.detail = text;
      return;
    }
    known = known || source == kOthersCharged;  // who does not trap is in no other count
    any = any || others.faults.most != 0;
    seen += (seen.empty() ? "" : ", ") + text;
  }
  if (known && !any) return;
  row.verdict = Verdict::unsettled;
  const Value* why = value_of(counts, kOthers, "traps");
  row.detail = !seen.empty() ? seen
                             : "who else faulted is not known: " +
                                   (why == nullptr || why->present() ? std::string("not read") : why->why());
}

JudgedRow judge(const Expectation& expected, const Counts& counts) {
  const Value* measured = value_of(counts, expected.source, expected.metric);
  JudgedRow row{expected,
                measured == nullptr ? Value(Missing{"not read"}) : *measured,
                std::nullopt,
                Verdict::missing,
                {}};
  if (!row.measured.present()) return row;
  row.residual = beyond(expected.predicted, row.measured.integer());
  row.verdict = *row.residual == 0 ? Verdict::closes : Verdict::off;
  if (row.verdict == Verdict::off && expected.host_wide) judge_others(row, counts);
  return row;
}

// Where the outcome of a race or of read-ahead decides, the forecast is a range; but the sources saw the
// same outcome. So the task's own account, once found in its range, is what all others are held to.
Forecast settled(Forecast forecast, const Counts& counts) {
  const auto settle = [&](Range& range, std::string_view metric) {
    const Value* value = value_of(counts, "rusage", metric);
    if (value == nullptr || !value->present() || !range.contains(value->integer())) return;
    range = value->integer();
  };
  settle(forecast.minor, "minor");
  settle(forecast.major, "major");
  return forecast;
}

struct SwapRow {
  std::string_view metric;  // in /proc/vmstat and in memory.stat
  Range Forecast::*pages;
  std::string_view rule;
};
constexpr auto kSwapRows = std::to_array<SwapRow>({
    {"pswpout", &Forecast::device_out, "pages handed to a swap device to be written (mm/page_io.c)"},
    {"pswpin", &Forecast::device_in, "pages read from a swap device, read-ahead included (mm/page_io.c)"},
    {"zswpout", &Forecast::zswap_out, "pages that zswap took (mm/zswap.c, zswap_store)"},
    {"zswpin", &Forecast::zswap_in, "pages that zswap gave back (mm/zswap.c, zswap_load)"},
    {"swpout_zero", &Forecast::zero_out, "pages of zeros, of which a bit is kept (mm/page_io.c)"},
    {"swpin_zero", &Forecast::zero_in, "pages filled with zeros again (mm/page_io.c)"},
});

// /proc/vmstat's are host-wide, but not judged so: no area is in use beside the scenario's own, and nobody
// else is pressed to swap. A reclaimer that works ahead of need (DAMON_RECLAIM) may yet use what it finds.
void add_swap_rows(const Forecast& forecast, std::vector<Expectation>& all) {
  if (!forecast.swaps) return;
  for (const std::string_view source : {"memcg", "vmstat"}) {
    for (const SwapRow& row : kSwapRows) {
      all.push_back({source, row.metric, forecast.*row.pages, row.rule, false, source == "vmstat"});
    }
  }
}

}  // namespace

std::vector<std::string_view> swap_counters() {
  std::vector<std::string_view> names;
  for (const SwapRow& row : kSwapRows) names.push_back(row.metric);
  return names;
}

// mm/memory.c, mm_account_fault(): a pass that is to be retried is not counted; what completes counts
// once, as major when it waited or missed, in the task's account always, in perf's MIN and MAJ only when
// it was trapped for (there are registers). arch/x86/mm/fault.c: perf's PAGE_FAULTS counts every trap
// that page faults are enabled for, the tracepoints every trap.
std::vector<Expectation> expectations(const Forecast& f, const KernelRules& rules) {
  const Range minor = f.minor - f.direct_minor;
  const Range major = f.major - f.direct_major;
  const Range user_minor = minor - f.kernel_minor;
  const Range user_major = major - f.kernel_major;
  const Range user_traps = user_minor + user_major + (f.failed - f.failed_kernel);
  const Range kernel_traps = f.kernel_minor + f.kernel_major + f.failed_kernel;
  Range pgfault = f.minor + f.major + f.failed_counted;
  if (rules.pgfault_counts_retries) pgfault.most += std::max(f.major.most, f.misses.most);
  constexpr std::string_view kAccount = "every completed fault, trapped for or not";
  constexpr std::string_view kTrapped = "completed faults that trapped";
  constexpr std::string_view kTraps = "all traps: minor + major + failed";
  constexpr std::string_view kUser = "of these, the traps in user mode";
  constexpr std::string_view kKernel = "of these, the traps in kernel mode";
  constexpr std::string_view kPass = "completed faults, and failed ones that reached the mapping's handler";
  constexpr std::string_view kPassOld = "passes of the handler, retried ones too (before Linux 6.4)";
  constexpr std::string_view kMiss = "pages found neither in memory nor in flight";
  const std::string_view pass = rules.pgfault_counts_retries ? kPassOld : kPass;
  std::vector<Expectation> all = {
      {"rusage", "minor", f.minor, kAccount},
      {"rusage", "major", f.major, kAccount},
      {"task_stat", "minor", f.minor, kAccount},
      {"task_stat", "major", f.major, kAccount},
      {"perf", "minor", minor, kTrapped},
      {"perf", "major", major, kTrapped},
      {"perf", "traps", minor + major + f.failed, kTraps},
      {"perf_user", "minor", user_minor, kUser},
      {"perf_user", "major", user_major, kUser},
      {"perf_user", "traps", user_traps, kUser},
      {"perf_kernel", "minor", f.kernel_minor, kKernel},
      {"perf_kernel", "major", f.kernel_major, kKernel},
      {"perf_kernel", "traps", kernel_traps, kKernel},
      {"tracepoint", "user", user_traps, "page_fault_user: every trap in user mode"},
      {"tracepoint", "kernel", kernel_traps + f.failed_copies,
       "page_fault_kernel: every trap in kernel mode, also with page faults disabled"},
      {"memcg", "pgfault", pgfault, pass},
      {"memcg", "pgmajfault", f.misses, kMiss},
      {"vmstat", "pgfault", pgfault, pass, true},
      {"vmstat", "pgmajfault", f.misses, kMiss, true}};
  add_swap_rows(f, all);
  return all;
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::closes:
      return "closes";
    case Verdict::explained:
      return "explained";
    case Verdict::unsettled:
      return "unsettled";
    case Verdict::off:
      return "off";
    case Verdict::missing:
      return "missing";
  }
  return "?";
}

std::vector<JudgedRow> reconcile(const Forecast& ranges, const KernelRules& rules, const Counts& counts,
                                 std::int64_t shift) {
  std::vector<JudgedRow> rows;
  const Forecast forecast = settled(ranges, counts);
  const std::vector<Expectation> stated = expectations(ranges, rules);
  std::vector<Expectation> narrowed = expectations(forecast, rules);
  for (std::size_t i = 0; i < narrowed.size(); ++i) {
    const bool pivot = narrowed[i].source == "rusage";
    Expectation expected = pivot ? stated[i] : narrowed[i];
    const Range range = expected.predicted;
    expected.predicted = range + Range(shift * (range.most - range.least + 1));
    rows.push_back(judge(expected, counts));
  }
  return rows;
}

bool all_close(const std::vector<JudgedRow>& rows) {
  const auto is = [](Verdict verdict) {
    return [verdict](const JudgedRow& row) { return row.verdict == verdict; };
  };
  return std::none_of(rows.begin(), rows.end(), is(Verdict::off)) &&
         std::any_of(rows.begin(), rows.end(), is(Verdict::closes));
}

}  // namespace faultlab::run
