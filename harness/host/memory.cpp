// /proc/meminfo.
#include "host/memory.hpp"

#include <algorithm>

#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

constexpr std::uint64_t kLargestFloor = 256 << 20;
constexpr std::uint64_t kFloorShare = 20;
// A refresh takes at most 32 batches off a list, some 8 MiB.
constexpr int kRefreshesAtOnce = 8;
constexpr int kMostRounds = 100;
constexpr Bytes kNothingMore{std::uint64_t{1} << 20};

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

bool refresh_statistics(const std::string& root) {
  return os::write_kernel_file(root + "/proc/sys/vm/stat_refresh", "1").has_value();
}

void give_back_listed_pages(const std::string& root) {
  auto before = host_memory(root);
  for (int round = 0; before && round < kMostRounds; ++round) {
    for (int i = 0; i < kRefreshesAtOnce; ++i) {
      if (!refresh_statistics(root)) return;
    }
    auto after = host_memory(root);
    if (!after || after->available < before->available + kNothingMore) return;
    before = std::move(after);
  }
}

}  // namespace faultlab::host
