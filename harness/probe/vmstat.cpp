// Probe `vmstat`: /proc/vmstat. Of the whole host: other processes are in every number.
#include "host/memory.hpp"
#include "os/file.hpp"
#include "probe/counters.hpp"
#include "probe/fault_rows.hpp"

namespace faultlab {
namespace {

Counters read_vmstat(const std::string& root) {
  // Node counters are batched per CPU. What is not folded lags by a batch, which `within` cannot bound.
  const bool refreshed = host::refresh_statistics(root);
  const auto text = os::read_text(root + "/proc/vmstat");
  const NamedCounts rows = text ? parse_named_counts(*text) : NamedCounts{};
  const auto sum = [&](std::initializer_list<std::string_view> names) {
    return text ? sum_of(rows, names, "/proc/vmstat") : Value(Missing{text.error().what});
  };
  const std::string host = "the whole host's";
  const std::string batched = refreshed ? host : host + ", per-CPU batches not folded (needs root)";
  const auto counter = [&](std::string_view metric, Value value, const std::string& note) {
    return Counter{metric, std::move(value), Counter::Kind::counter, std::nullopt, note};
  };
  const std::string retries = retry_note();
  const std::string faults = retries.empty() ? host : host + "; " + retries;
  return {counter("minor_faults", sum({"pgfault"}) - sum({"pgmajfault"}), faults),
          counter("major_faults", sum({"pgmajfault"}), host),
          counter("scanned_pages", sum({"pgscan_file", "pgscan_anon"}), host),
          counter("reclaimed_pages", sum({"pgsteal_file"}), host),
          counter("refaulted_pages", sum({"workingset_refault_file"}), batched),
          counter("trimmed_shadow_nodes", sum({"workingset_nodereclaim"}), batched),
          counter("swapped_in_pages", sum({"pswpin"}), host),
          counter("swapped_out_pages", sum({"pswpout"}), host),
          counter("zswapped_in_pages", sum({"zswpin"}), host),
          counter("zswapped_out_pages", sum({"zswpout"}), host),
          counter("zswap_written_back_pages", sum({"zswpwb"}), host),
          counter("zero_swapped_in_pages", sum({"swpin_zero"}), host),
          counter("zero_swapped_out_pages", sum({"swpout_zero"}), host),
          counter("refaulted_anonymous_pages", sum({"workingset_refault_anon"}), batched),
          counter("swap_read_ahead_pages", sum({"swap_ra"}), host),
          counter("swap_read_ahead_hits", sum({"swap_ra_hit"}), host)};
}

}  // namespace

extern const ProbeSpec vmstat_probe;
const ProbeSpec vmstat_probe = {
    {.name = "vmstat", .summary = "/proc/vmstat: faults, reclaim and swap traffic of the whole host"},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_counter_probe("vmstat", Sampled::no, [root = target.root] { return read_vmstat(root); });
    }};

}  // namespace faultlab
