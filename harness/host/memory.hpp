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

}  // namespace faultlab::host
