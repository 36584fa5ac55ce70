// Checks of processor, kernel interfaces and tools.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "host/doctor_checks.hpp"
#include "host/text.hpp"
#include "host/virtualisation.hpp"
#include "os/command.hpp"
#include "os/file.hpp"
#include "os/tracefs.hpp"

namespace faultlab::host {
namespace {

// Documentation/admin-guide/sysctl/kernel.rst: 2 shuts the kernel's side out, distributions add 3 and 4.
constexpr int kNoKernelSide = 2;

}  // namespace

Check check_page_size(const Patient&) {
  const auto size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (size == kPage.value) return ok("page size", "4096 bytes");
  return missing_check("page size", {fmt::format("{} bytes: counts here are in pages of 4096", size),
                                     "boot a kernel with 4 KiB pages (docs/setup.md#kernel)"});
}

Check check_cores(const Patient&) {
  const unsigned units = std::thread::hardware_concurrency();
  const auto finding = fmt::format("{} processing units", units);
  if (units >= 2) return ok("processors", finding);
  return limited("processors", finding + ": the observer takes time from the trial",
                 "give the machine two or more (docs/setup.md#machine)");
}

Check check_virtualisation(const Patient& patient) {
  const auto found = virtualisation(patient.root);
  if (found.emulated) {
    return limited("virtualisation", found.kind + ": an emulated processor; counts hold, times are missing",
                   "use hardware virtualisation or a real machine for times (docs/setup.md#machine)");
  }
  if (found.kind == "none") return ok("virtualisation", "none");
  return limited("virtualisation", found.kind + ": page faults cost what the host's paging makes of them",
                 "compare prices only between hosts of one kind; bare metal for absolute ones "
                 "(docs/setup.md#machine)");
}

Check check_governor(const Patient& patient) {
  const std::string name = "frequency governor";
  const auto text = os::read_text(patient.root + "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  if (!text) return ok(name, "not ours to choose (a virtual machine, or no cpufreq driver)");
  const auto governor = std::string(trim(*text));
  if (governor == "performance") return ok(name, governor);
  return limited(name, governor + ": the clock follows the load",
                 "`cpupower frequency-set -g performance` (docs/setup.md#machine)",
                 {{"for each in /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor; do "
                   "echo performance > \"$each\"; done",
                   true, "it takes more power; write \"" + governor + "\" there to undo it"}});
}

Check check_turbo(const Patient& patient) {
  const std::string name = "turbo";
  const std::string remedy = "turn it off for the run in /sys/devices/system/cpu (docs/setup.md#machine)";
  const std::string cpus = "/sys/devices/system/cpu";
  for (const auto& [file, off, on] :
       {std::array{"/intel_pstate/no_turbo", "1", "0"}, std::array{"/cpufreq/boost", "0", "1"}}) {
    const auto text = os::read_text(patient.root + cpus + file);
    if (!text) continue;
    if (trim(*text) == off) return ok(name, "off");
    return limited(
        name, "on: the clock depends on heat", remedy,
        {{fmt::format("echo {} > {}{}", off, cpus, file), true,
          fmt::format("everything else on this machine becomes slower, too; write {} there to undo it",
                      on)}});
  }
  return ok(name, "not visible (a virtual machine, or no cpufreq driver)");
}

Check check_perf_events(const Patient& patient) {
  const std::string name = "perf events";
  const auto text = os::read_text(patient.root + "/proc/sys/kernel/perf_event_paranoid");
  if (!text) {
    return missing_check(name, {"this kernel has no perf_event_open(2)",
                                "use a kernel with CONFIG_PERF_EVENTS (docs/setup.md#perf-events)"});
  }
  const auto level = std::string(trim(*text));
  if (::geteuid() == 0) return ok(name, "root: allowed (perf_event_paranoid " + level + ")");
  const auto number = to_number(level).value_or(0);  // -1: everything is allowed
  const std::string remedy = "`sysctl kernel.perf_event_paranoid=1` as root (docs/setup.md#perf-events)";
  const std::vector<Fix> fixes = {
      {"sysctl kernel.perf_event_paranoid=1", true,
       "everybody on this machine may count the kernel's events then; it is " + level}};
  if (number > kNoKernelSide) return missing_check(name, {"perf_event_paranoid is " + level, remedy, fixes});
  if (number < kNoKernelSide) return ok(name, "allowed (perf_event_paranoid " + level + ")");
  return limited(name, "only user-side faults: those inside system calls are not counted", remedy, fixes);
}

Check check_tracefs(const Patient& patient) {
  const std::string name = "trace events";
  for (const char* folder : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    const auto events = patient.root + folder + "/events/exceptions";
    if (::access(events.c_str(), R_OK) == 0) return ok(name, folder);
  }
  if (patient.root.empty() && os::find_tracepoint("exceptions", "page_fault_user")) {
    return ok(name, "through a mount of our own");
  }
  return limited(name, "tracefs is not mounted, or not ours to read",
                 "as root: `mount -t tracefs tracefs /sys/kernel/tracing` (docs/setup.md#trace-events)",
                 {{"mount -t tracefs tracefs /sys/kernel/tracing"}});
}

Check check_lockdown(const Patient& patient) {
  const std::string name = "lockdown";
  const auto text = os::read_text(patient.root + "/sys/kernel/security/lockdown");
  if (!text) {
    return limited(name, "unknown: securityfs is not mounted, or has no lockdown file",
                   "`mount -t securityfs securityfs /sys/kernel/security` as root shows it "
                   "(docs/setup.md#trace-events)",
                   {{"mount -t securityfs securityfs /sys/kernel/security"}});
  }
  const auto mode = chosen(*text);
  if (mode == "none") return ok(name, mode);
  return limited(name, mode + ": debugfs settings such as fault_around_bytes cannot be read",
                 "boot without `lockdown=` and secure boot where you need them (docs/setup.md#trace-events)");
}

Check check_systemd(const Patient& patient) {
  const std::string name = "delegation by systemd";
  if (const auto command = delegation_command(patient.root)) {
    return ok(name, command->front() + " can start us in a cgroup of our own");
  }
  if (find_cgroup_home(patient.root)) return ok(name, "not needed: there is a memory cgroup already");
  return limited(name, "systemd cannot start us in a cgroup of our own here",
                 "see what the check \"memory cgroup\" advises (docs/setup.md#memory-cgroup)");
}

Check check_python(const Patient& patient) {
  const std::string name = "python for the study";
  if (!patient.root.empty()) return ok(name, "not looked for on a captured tree");
  const auto ran = os::run_command({"/usr/bin/python3", "-c", "import scipy, pandas, matplotlib"});
  if (ran && ran->status == 0) return ok(name, "/usr/bin/python3 with scipy, pandas and matplotlib");
  return missing_check(name, {ran ? "/usr/bin/python3 lacks scipy, pandas or matplotlib" : ran.error().what,
                              "`apt-get install python3-scipy python3-pandas python3-matplotlib` "
                              "(docs/setup.md#study-and-figures)",
                              {{"apt-get install -y --no-install-recommends python3-scipy python3-pandas "
                                "python3-matplotlib"}}});
}

}  // namespace faultlab::host
