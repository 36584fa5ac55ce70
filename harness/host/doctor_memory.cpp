// Checks of what makes memory scarce and of what counts it.
#include <fmt/format.h>
#include <unistd.h>

#include "host/doctor_checks.hpp"
#include "host/facts.hpp"
#include "host/place.hpp"
#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {

Check check_memory_cgroup(const Patient& patient) {
  const std::string name = "memory cgroup";
  const auto home = find_cgroup_home(patient.root);
  if (!home) return missing_check(name, home.error());
  return ok(name, fmt::format("v{}, below {}", home->version, home->path));
}

Check check_cgroup_swap(const Patient& patient) {
  return by_lack("cgroup swap accounting", lacks(Need::memory_cgroup_swap, patient.root),
                 "swap can be limited per cgroup");
}

Check check_swap_areas(const Patient& patient) {
  const std::string name = "swap areas";
  const auto text = os::read_text(patient.root + "/proc/swaps");
  if (!text) return ok(name, "none: this kernel has no swap");
  std::string areas;
  for (const auto line : lines_of(*text)) {
    const auto words = words_of(line);
    if (words.size() < 5 || words[0] == "Filename") continue;
    areas += (areas.empty() ? "" : ", ") + std::string(words[0]);
  }
  if (areas.empty()) return ok(name, "none");
  return limited(
      name, areas + ": memory outside of a trial's cgroup may be swapped there",
      "`swapoff -a` for the run if the host can spare it; trials forbid swap to themselves unless "
      "their experiment asks for it (docs/setup.md#swap)",
      {{"swapoff -a", true, "it brings back into memory all that was swapped; `swapon -a` undoes it"}});
}

Check check_cachestat(const Patient& patient) {
  return by_lack("cachestat", lacks(Need::cachestat, patient.root), "residency of files can be read");
}

// Since Linux 5.2 mincore(2) says "resident" of every page of a file that the caller neither owns nor
// may write (mm/mincore.c, can_do_mincore).
Check check_mincore(const Patient& patient) {
  const std::string name = "mincore";
  if (::geteuid() == 0) return ok(name, "trustworthy: root");
  const auto folder = nearest_existing(patient.data_folder);
  if (::access(folder.c_str(), W_OK) == 0) return ok(name, "trustworthy for the datasets, which are ours");
  return limited(name, "calls every page of a foreign file resident; no right to write to " + folder,
                 "choose a data folder that you may write to (docs/setup.md#data-folder)");
}

Check check_psi(const Patient& patient) {
  return by_lack("pressure stall information", lacks(Need::psi, patient.root), "/proc/pressure can be read");
}

Check check_task_io(const Patient& patient) {
  return by_lack("I/O per process", lacks(Need::task_io, patient.root), "/proc/self/io can be read");
}

Check check_delay_accounting(const Patient& patient) {
  const std::string name = "delay accounting";
  const auto text = os::read_text(patient.root + "/proc/sys/kernel/task_delayacct");
  if (text && trim(*text) == "1") return ok(name, "on");
  return limited(name,
                 text ? "off: the time a task waits for its page-ins is not told apart" : text.error().what,
                 "`sysctl kernel.task_delayacct=1` before the run (docs/setup.md#kernel)",
                 {{"sysctl kernel.task_delayacct=1"}});
}

Check check_huge_pages(const Patient& patient) {
  const std::string name = "transparent huge pages";
  const auto text = os::read_text(patient.root + "/sys/kernel/mm/transparent_hugepage/enabled");
  if (!text) return ok(name, "not in this kernel");
  const auto mode = chosen(*text);
  if (mode != "always") return ok(name, mode);
  return limited(name,
                 "always: one first touch of anonymous memory may map 512 pages, and counts as one fault",
                 "set the knob thp to madvise or never in experiments that count (docs/setup.md#knobs)");
}

Check check_background_reclaim(const Patient& patient) {
  const std::string name = "background reclaim";
  if (const auto found = background_reclaimer(patient.root)) {
    return limited(
        name, *found + " takes pages that nobody maps, so a warm file grows cold by itself",
        "stop it: `echo off > /sys/kernel/mm/damon/admin/kdamonds/N/state` as root; if it must run, "
        "residency is checked right before each window (docs/setup.md#background-reclaim)",
        {{"for state in /sys/kernel/mm/damon/admin/kdamonds/*/state; do echo off > \"$state\"; done", true,
          "somebody wanted it to run, and has to start it again"}});
  }
  const auto kdamonds = patient.root + "/sys/kernel/mm/damon/admin/kdamonds";
  for (const auto& entry : os::folder_entries(kdamonds)) {
    const auto state = kdamonds + "/" + entry + "/state";
    if (!os::exists(state) || os::read_text(state)) continue;
    return limited(name, "DAMON has a monitor whose state we may not read",
                   "run `faultlab doctor` as root once (docs/setup.md#background-reclaim)");
  }
  return ok(name, "none seen");
}

Check check_mglru(const Patient& patient) {
  const std::string name = "multi-generational LRU";
  const auto text = os::read_text(patient.root + "/sys/kernel/mm/lru_gen/enabled");
  if (!text) return ok(name, "not in this kernel: classic active and inactive lists");
  const auto mask = std::string(trim(*text));
  // Bit 0 is the main switch (Documentation/admin-guide/mm/multigen_lru.rst).
  return ok(name, mask == "0x0000" ? "off: classic active and inactive lists" : "on, " + mask);
}

}  // namespace faultlab::host
