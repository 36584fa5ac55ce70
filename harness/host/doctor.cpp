// The list of checks, and the needs of plugins.
#include "host/doctor.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "host/doctor_checks.hpp"
#include "host/kernel_release.hpp"
#include "host/text.hpp"
#include "os/command.hpp"
#include "os/file.hpp"
#include "os/tracefs.hpp"

namespace faultlab::host {
namespace {

std::optional<Lack> lacks_memory_cgroup(const std::string& root) {
  const auto home = find_cgroup_home(root);
  if (home) return std::nullopt;
  return home.error();
}

std::optional<Lack> lacks_cgroup_v2(const std::string& root) {
  const auto home = find_cgroup_home(root);
  if (!home) return home.error();
  if (home->version == 2) return std::nullopt;
  return Lack{"the memory controller is of cgroup v1 here",
              "boot with `systemd.unified_cgroup_hierarchy=1` or `cgroup_no_v1=memory` "
              "(docs/setup.md#memory-cgroup)"};
}

std::optional<Lack> lacks_cgroup_swap(const std::string& root) {
  const auto home = find_cgroup_home(root);
  if (!home) return home.error();
  const bool v2 = home->version == 2;
  // The root cgroup of v2 has no memory files of its own; its children may.
  if (v2 && !os::exists(home->path + "/memory.max")) return std::nullopt;
  const std::string file = v2 ? "/memory.swap.max" : "/memory.memsw.limit_in_bytes";
  if (os::exists(home->path + file)) return std::nullopt;
  return Lack{"the kernel does not account swap to cgroups: " + home->path + file + " is not there",
              "boot with `swapaccount=1`, on a kernel with CONFIG_SWAP (docs/setup.md#swap)"};
}

// cachestat(2), number 451 everywhere (include/uapi/asm-generic/unistd.h), since Linux 6.5.
std::optional<Lack> lacks_cachestat(const std::string& root) {
  const std::string remedy = "use Linux 6.5 or later (docs/setup.md#cachestat)";
  if (!root.empty()) {
    const auto release = os::read_text(root + "/proc/sys/kernel/osrelease");
    if (!release) return Lack{"the kernel's release is unknown: " + release.error().what, remedy};
    const auto parts = split(trim(*release), '.');
    const auto major = to_number(parts[0]).value_or(0);
    const auto minor = parts.size() > 1 ? to_number(parts[1]).value_or(0) : 0;
    if (major > 6 || (major == 6 && minor >= 5)) return std::nullopt;
    return Lack{"Linux " + std::string(trim(*release)) + " has no cachestat(2)", remedy};
  }
  constexpr long kCachestat = 451;
  ::syscall(kCachestat, -1, nullptr, nullptr, 0U);
  const int code = errno;
  if (code == ENOSYS) return Lack{"this kernel has no cachestat(2)", remedy};
  if (code == EPERM || code == EACCES) {
    return Lack{"cachestat(2) is forbidden: " + std::generic_category().message(code),
                "allow it in the container's seccomp profile (docs/setup.md#containers)"};
  }
  return std::nullopt;  // EBADF or EFAULT: it is there and looked at its arguments
}

std::optional<Lack> lacks_swap_areas(const std::string& root) {
  if (!os::exists(root + "/proc/swaps")) {
    return Lack{"this kernel has no swap", "use a kernel with CONFIG_SWAP (docs/setup.md#swap)"};
  }
  if (!root.empty() || ::geteuid() == 0) return std::nullopt;
  return Lack{"an ordinary user may not switch on swap areas", "run as root (docs/setup.md#swap)"};
}

std::optional<Lack> lacks_zram(const std::string& root) {
  if (os::exists(root + "/sys/class/zram-control/hot_add")) return std::nullopt;
  return Lack{"no zram devices can be added",
              "`modprobe zram`, on a kernel with CONFIG_ZRAM (docs/setup.md#swap)",
              {{"modprobe zram"}}};
}

std::optional<Lack> lacks_mounts(const std::string& root) {
  if (!root.empty() || ::geteuid() == 0) return std::nullopt;
  return Lack{"an ordinary user may not mount file systems", "run as root (docs/setup.md#media)"};
}

std::optional<Lack> lacks_network_namespaces(const std::string& root) {
  if (!os::exists(root + "/proc/self/ns/net")) {
    return Lack{"this kernel has no network namespaces",
                "use a kernel with CONFIG_NET_NS (docs/setup.md#network)"};
  }
  if (!root.empty() || ::geteuid() == 0) return std::nullopt;
  return Lack{"an ordinary user may not make network namespaces", "run as root (docs/setup.md#network)"};
}

std::optional<Lack> lacks_zero_copy_reports() {
  constexpr KernelRelease kReported{6, 2};  // IORING_SEND_ZC_REPORT_USAGE
  const auto release = kernel_release();
  if (release && *release >= kReported) return std::nullopt;
  return Lack{"this kernel does not say whether io_uring copied what it sent", "use Linux 6.2 or later"};
}

std::optional<Lack> lacks_loop_devices(const std::string& root) {
  if (os::exists(root + "/dev/loop-control")) return std::nullopt;
  return Lack{"no loop devices can be made",
              "`modprobe loop`, on a kernel with CONFIG_BLK_DEV_LOOP (docs/setup.md#media)",
              {{"modprobe loop"}}};
}

std::optional<Lack> lacks_tool(const std::string& name, const std::string& package) {
  if (!os::find_tool(name).empty()) return std::nullopt;
  return Lack{name + " is not installed",
              "`apt-get install " + package + "` (docs/setup.md#media)",
              {{"apt-get install -y --no-install-recommends " + package}}};
}

std::optional<Lack> unreadable(const std::string& root, const std::string& path, std::string what,
                               std::string remedy) {
  const auto text = os::read_text(root + path);
  if (text) return std::nullopt;
  return Lack{std::move(what) + ": " + text.error().what, std::move(remedy)};
}

std::optional<Lack> lacks_page_cache_tracepoints(const std::string& root) {
  const std::string remedy = "run as root, on a kernel with CONFIG_TRACING (docs/setup.md#trace-events)";
  if (!root.empty()) {
    return unreadable(root, "/sys/kernel/tracing/events/filemap/mm_filemap_add_to_page_cache/format",
                      "no page-cache tracepoints", remedy);
  }
  const auto found = os::find_tracepoint("filemap", "mm_filemap_add_to_page_cache");
  if (!found) return Lack{"no page-cache tracepoints: " + found.error().what, remedy};
  if (found->has("order")) return std::nullopt;
  return Lack{found->name + " does not tell the size of its folio",
              "use a kernel whose tracepoint has the field `order` (docs/setup.md#trace-events)"};
}

constexpr auto kChecks = std::to_array<Check (*)(const Patient&)>({
    check_memory_cgroup, check_cgroup_swap,    check_swap_areas,         check_cachestat,   check_mincore,
    check_psi,           check_task_io,        check_delay_accounting,   check_perf_events, check_tracefs,
    check_lockdown,      check_huge_pages,     check_background_reclaim, check_mglru,       check_page_size,
    check_cores,         check_virtualisation, check_governor,           check_turbo,       check_file_system,
    check_free_space,    check_read_ahead,     check_rotational,         check_systemd,     check_python,
});

}  // namespace

std::optional<Lack> lacks(Need need, const std::string& root) {
  switch (need) {
    case Need::memory_cgroup:
      return lacks_memory_cgroup(root);
    case Need::memory_cgroup_v2:
      return lacks_cgroup_v2(root);
    case Need::memory_cgroup_swap:
      return lacks_cgroup_swap(root);
    case Need::cachestat:
      return lacks_cachestat(root);
    case Need::psi:
      return unreadable(root, "/proc/pressure/memory", "no pressure stall information",
                        "boot with `psi=1`, on a kernel with CONFIG_PSI (docs/setup.md#psi)");
    case Need::task_io:
      return unreadable(root, "/proc/self/io", "no I/O accounting per process",
                        "use a kernel with CONFIG_TASK_IO_ACCOUNTING (docs/setup.md#kernel)");
    case Need::page_cache_tracepoints:
      return lacks_page_cache_tracepoints(root);
    case Need::huge_pages:
      return unreadable(root, "/sys/kernel/mm/transparent_hugepage/enabled", "no transparent huge pages",
                        "use a kernel with CONFIG_TRANSPARENT_HUGEPAGE (docs/setup.md#kernel)");
    case Need::huge_pages_64k:
      return unreadable(root, "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled",
                        "no transparent huge pages of 64 KiB",
                        "use Linux 6.8 or later (docs/setup.md#kernel)");
    case Need::huge_page_pool:
      return unreadable(root, "/proc/sys/vm/nr_hugepages", "no pool of huge pages",
                        "use a kernel with CONFIG_HUGETLBFS (docs/setup.md#kernel)");
    case Need::swap_areas:
      return lacks_swap_areas(root);
    case Need::zram:
      return lacks_zram(root);
    case Need::mounts:
      return lacks_mounts(root);
    case Need::loop_devices:
      return lacks_loop_devices(root);
    case Need::ext4_maker:
      return lacks_tool("mkfs.ext4", "e2fsprogs");
    case Need::xfs_maker:
      return lacks_tool("mkfs.xfs", "xfsprogs");
    case Need::network_namespaces:
      return lacks_network_namespaces(root);
    case Need::zero_copy_reports:
      return lacks_zero_copy_reports();
    case Need::ip_tool:
      return lacks_tool("ip", "iproute2");
    case Need::ethtool:
      return lacks_tool("ethtool", "ethtool");
  }
  return Lack{"unknown need", "report this"};
}

Check ok(std::string name, std::string finding) {
  return {std::move(name), Verdict::ok, std::move(finding), {}};
}

Check limited(std::string name, std::string finding, std::string remedy, std::vector<Fix> fixes) {
  return {std::move(name), Verdict::limited, std::move(finding), std::move(remedy), std::move(fixes)};
}

Check missing_check(std::string name, const Lack& lack) {
  return {std::move(name), Verdict::missing, lack.why, lack.remedy, lack.fixes};
}

Check by_lack(std::string name, const std::optional<Lack>& lack, std::string finding) {
  return lack ? missing_check(std::move(name), *lack) : ok(std::move(name), std::move(finding));
}

std::vector<Check> examine(const std::string& data_folder, const std::string& root) {
  const Patient patient{data_folder, root};
  std::vector<Check> checks;
  for (const auto check : kChecks) checks.push_back(check(patient));
  return checks;
}

}  // namespace faultlab::host
