// /proc/meminfo.
#include "host/memory.hpp"

#include <algorithm>

#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

constexpr std::uint64_t kLargestFloor = 256 << 20;
constexpr std::uint64_t kFloorShare = 20;

}  // namespace

Bytes HostMemory::floor() const { return Bytes(std::min(kLargestFloor, total.value / kFloorShare)); }

Result<HostMemory> host_memory(const std::string& root) {
  const auto text = os::read_text(root + "/proc/meminfo");
  if (!text) return Failure(text.error());
  const auto total = number_after(*text, "MemTotal");
  const auto available = number_after(*text, "MemAvailable");
  if (!total || !available) return fail(root + "/proc/meminfo has no MemTotal or no MemAvailable");
  return HostMemory{Bytes(*total * 1024), Bytes(*available * 1024)};
}

}  // namespace faultlab::host
