// Provenance of the host: one table of settings, and the groups that take more than a file.
#include "host/facts.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>

#include "host/fact_groups.hpp"
#include "host/fact_reading.hpp"

namespace faultlab::host {
namespace {

struct Setting {
  std::string_view group, name, path;
  As as = As::number;
};

constexpr auto kSettings = std::to_array<Setting>({
    {"kernel", "release", "/proc/sys/kernel/osrelease", As::text},
    {"kernel", "version", "/proc/version", As::text},
    {"kernel", "command_line", "/proc/cmdline", As::text},
    {"kernel", "boot_id", "/proc/sys/kernel/random/boot_id", As::text},
    {"kernel", "address_space_randomisation", "/proc/sys/kernel/randomize_va_space"},
    {"kernel", "lockdown", "/sys/kernel/security/lockdown", As::chosen},
    {"kernel", "perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid"},
    {"kernel", "task_delayacct", "/proc/sys/kernel/task_delayacct"},
    {"kernel", "numa_balancing", "/proc/sys/kernel/numa_balancing"},
    {"kernel", "sched_autogroup", "/proc/sys/kernel/sched_autogroup_enabled"},
    {"kernel", "unprivileged_userfaultfd", "/proc/sys/vm/unprivileged_userfaultfd"},

    {"cpu", "online", "/sys/devices/system/cpu/online", As::text},
    {"cpu", "isolated", "/sys/devices/system/cpu/isolated", As::text},
    {"cpu", "smt_active", "/sys/devices/system/cpu/smt/active"},
    {"cpu", "smt_control", "/sys/devices/system/cpu/smt/control", As::text},
    {"cpu", "governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", As::text},
    {"cpu", "frequency_driver", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", As::text},
    {"cpu", "frequency_minimum_khz", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_min_freq"},
    {"cpu", "frequency_maximum_khz", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq"},
    {"cpu", "boost", "/sys/devices/system/cpu/cpufreq/boost"},
    {"cpu", "intel_no_turbo", "/sys/devices/system/cpu/intel_pstate/no_turbo"},
    {"cpu", "idle_driver", "/sys/devices/system/cpu/cpuidle/current_driver", As::text},
    {"cpu", "clock_source", "/sys/devices/system/clocksource/clocksource0/current_clocksource", As::text},
    {"cpu", "numa_nodes_online", "/sys/devices/system/node/online", As::text},

    {"memory", "thp", "/sys/kernel/mm/transparent_hugepage/enabled", As::chosen},
    {"memory", "thp_defrag", "/sys/kernel/mm/transparent_hugepage/defrag", As::chosen},
    {"memory", "thp_shmem", "/sys/kernel/mm/transparent_hugepage/shmem_enabled", As::chosen},
    {"memory", "thp_use_zero_page", "/sys/kernel/mm/transparent_hugepage/use_zero_page"},
    {"memory", "khugepaged_scan_sleep_ms",
     "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"},
    {"memory", "mglru", "/sys/kernel/mm/lru_gen/enabled", As::text},
    {"memory", "mglru_min_ttl_ms", "/sys/kernel/mm/lru_gen/min_ttl_ms"},
    {"memory", "ksm_run", "/sys/kernel/mm/ksm/run"},
    {"memory", "zswap", "/sys/module/zswap/parameters/enabled", As::text},
    {"memory", "zswap_compressor", "/sys/module/zswap/parameters/compressor", As::text},
    {"memory", "zswap_max_pool_percent", "/sys/module/zswap/parameters/max_pool_percent"},
    {"memory", "swap_vma_readahead", "/sys/kernel/mm/swap/vma_ra_enabled", As::text},
    {"memory", "numa_demotion", "/sys/kernel/mm/numa/demotion_enabled", As::text},
    {"memory", "fault_around_bytes", "/sys/kernel/debug/fault_around_bytes"},
    {"memory", "page_reporting_order", "/sys/module/page_reporting/parameters/page_reporting_order"},

    {"vm", "swappiness", "/proc/sys/vm/swappiness"},
    {"vm", "page_cluster", "/proc/sys/vm/page-cluster"},
    {"vm", "overcommit_memory", "/proc/sys/vm/overcommit_memory"},
    {"vm", "overcommit_ratio", "/proc/sys/vm/overcommit_ratio"},
    {"vm", "dirty_ratio", "/proc/sys/vm/dirty_ratio"},
    {"vm", "dirty_bytes", "/proc/sys/vm/dirty_bytes"},
    {"vm", "dirty_background_ratio", "/proc/sys/vm/dirty_background_ratio"},
    {"vm", "dirty_background_bytes", "/proc/sys/vm/dirty_background_bytes"},
    {"vm", "dirty_expire_centisecs", "/proc/sys/vm/dirty_expire_centisecs"},
    {"vm", "dirty_writeback_centisecs", "/proc/sys/vm/dirty_writeback_centisecs"},
    {"vm", "min_free_kbytes", "/proc/sys/vm/min_free_kbytes"},
    {"vm", "watermark_scale_factor", "/proc/sys/vm/watermark_scale_factor"},
    {"vm", "watermark_boost_factor", "/proc/sys/vm/watermark_boost_factor"},
    {"vm", "vfs_cache_pressure", "/proc/sys/vm/vfs_cache_pressure"},
    {"vm", "zone_reclaim_mode", "/proc/sys/vm/zone_reclaim_mode"},
    {"vm", "compaction_proactiveness", "/proc/sys/vm/compaction_proactiveness"},
    {"vm", "max_map_count", "/proc/sys/vm/max_map_count"},
    {"vm", "stat_interval_seconds", "/proc/sys/vm/stat_interval"},
});

void add_machine(Json& kernel, const std::string& root) {
  if (!root.empty()) {
    kernel["machine"] = missing("the tree is captured: uname(2) would describe this machine");
    kernel["page_bytes"] = missing("the tree is captured: sysconf(3) would describe this machine");
    return;
  }
  utsname names{};
  if (::uname(&names) == 0) kernel["machine"] = names.machine;
  kernel["page_bytes"] = ::sysconf(_SC_PAGESIZE);
}

}  // namespace

Json facts(const std::string& data_folder, const std::string& root) {
  Json all;
  for (const auto& setting : kSettings) {
    all[std::string(setting.group)][std::string(setting.name)] = fact(root, setting.path, setting.as);
  }
  add_machine(all["kernel"], root);
  add_cpu_facts(all["cpu"], root);
  add_memory_facts(all["memory"], root);
  all["cgroup"] = cgroup_facts(root);
  all["device"] = device_facts(data_folder, root);
  all["file_system"] = file_system_facts(data_folder, root);
  all["load"] = load_facts(root);
  return all;
}

}  // namespace faultlab::host
