// The metrics, one row each. results/README.md repeats this table, and a test holds it to it.
#include "measure/metrics.hpp"

#include <algorithm>
#include <array>

namespace faultlab {
namespace {

constexpr auto kMetrics = std::to_array<Metric>({
    {"wall_ns", "ns", "Duration of the timed window.", Better::lower, "clock"},
    {"user_ns", "ns", "CPU time in user mode.", Better::lower, "rusage,task_stat"},
    {"system_ns", "ns", "CPU time in the kernel.", Better::lower, "rusage,task_stat"},
    {"steal_ns", "ns", "CPU time that the hypervisor gave to others, summed over all CPUs.", Better::lower,
     "steal"},
    {"accesses", "1", "Blocks reached.", Better::higher, "worker"},
    {"bytes", "bytes", "Bytes reached: accesses times block.", Better::higher, "derived"},
    {"ops_per_second", "1/s", "Accesses per second of the timed window.", Better::higher, "derived"},
    {"setup_ns", "ns", "Part of the window before the first access: the engine's populate or prefetch call.",
     Better::lower, "worker"},
    {"minor_faults", "1", "Page faults served without waiting for the device.", Better::lower,
     "rusage,task_stat,memcg,vmstat"},
    {"major_faults", "1", "Page faults that waited for the device.", Better::lower,
     "rusage,task_stat,memcg,vmstat"},
    {"faults_per_access", "1", "Minor and major faults per access.", Better::lower, "derived"},
    {"evicted_pages", "pages",
     "Pages of the dataset that left memory: pages read from the device less the growth of residency.",
     Better::lower, "io,disk"},
    {"background_evicted_pages", "pages",
     "Evictions that page reclaim does not account for, where a background reclaimer runs.", Better::lower,
     "derived"},
    {"reclaimed_pages", "pages", "File pages that the host's page reclaim took, all cgroups together.",
     Better::lower, "memcg,vmstat"},
    {"scanned_pages", "pages", "File and anonymous pages that reclaim looked at.", Better::lower,
     "memcg,vmstat"},
    {"refaulted_pages", "pages", "File pages read again after an eviction that the kernel remembers.",
     Better::lower, "memcg,vmstat"},
    {"swapped_in_pages", "pages", "Pages read from a swap device.", Better::lower, "memcg,vmstat"},
    {"swapped_out_pages", "pages", "Pages written to a swap device.", Better::lower, "memcg,vmstat"},
    {"device_read_bytes", "bytes", "Bytes fetched from the device, read-ahead included.", Better::lower,
     "io,disk"},
    {"device_written_bytes", "bytes", "Bytes sent to the device.", Better::lower, "io,disk"},
    {"read_amplification", "1", "Device bytes read per byte reached.", Better::lower, "derived"},
    {"resident_pages_before", "pages", "Pages of the dataset in memory just before the window.",
     Better::neither, "cachestat,mincore"},
    {"resident_pages_after", "pages", "Pages of the dataset in memory just after the window.",
     Better::neither, "cachestat,mincore"},
    {"resident_pages", "pages", "Pages of the dataset in memory at one moment of the time series.",
     Better::neither, "cachestat"},
    {"memory_charged_bytes", "bytes", "Memory charged to the trial's cgroup at the end of the window.",
     Better::neither, "memcg"},
    {"memory_peak_bytes", "bytes", "Largest charge of the trial's cgroup since it was made.", Better::neither,
     "memcg"},
    {"psi_some_ns", "ns", "Time in which some task waited for memory (PSI).", Better::lower, "psi"},
    {"psi_full_ns", "ns", "Time in which all tasks waited for memory (PSI).", Better::lower, "psi"},
    {"syscalls", "1", "read and write system calls.", Better::lower, "io"},
    {"context_switches", "1", "Switches away from the trial's threads, voluntary and not.", Better::lower,
     "rusage"},
    {"sampling_ns", "ns", "CPU time that the parent spent on the time series.", Better::lower, "sampler"},
});

}  // namespace

std::span<const Metric> metrics() { return kMetrics; }

const Metric* find_metric(std::string_view name) {
  const auto* at = std::find_if(kMetrics.begin(), kMetrics.end(),
                                [&](const Metric& metric) { return metric.name == name; });
  return at == kMetrics.end() ? nullptr : at;
}

}  // namespace faultlab
