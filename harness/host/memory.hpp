// The host's memory: how much there is left, and how much must stay.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/units.hpp"

namespace faultlab::host {

struct HostMemory {
  Bytes total;
  Bytes available;  // MemAvailable: what can be had without swapping (Documentation/filesystems/proc.rst)
  // Below it others on the host begin to suffer: a twentieth of all, at most 256 MiB.
  Bytes floor() const;
};
Result<HostMemory> host_memory(const std::string& root = "");

// Folds what the CPUs have counted for themselves into /proc/vmstat (Documentation/admin-guide/sysctl/vm.rst,
// stat_refresh). Root only: false elsewhere.
bool refresh_statistics(const std::string& root = "");

// Gives back what the CPUs keep on their own lists of free pages. It is free, and MemAvailable does not say
// so: since Linux 6.7 a list may grow to an eighth of its zone divided by the CPUs, so that a large process
// that ends hides a gigabyte and more for some time, and each refresh of the statistics takes a little off it
// (mm/page_alloc.c, zone_highsize and decay_pcp_high). Root only; elsewhere nothing happens, as before 6.7,
// where lists are short.
void give_back_listed_pages(const std::string& root = "");

}  // namespace faultlab::host
