// PAGEMAP_SCAN, and the rollup of smaps.
#include "os/huge_page_query.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/units.hpp"
#include "os/file.hpp"

namespace faultlab::os {
namespace {

// <linux/fs.h> of Linux 6.7 defines these; Debian 12's headers are older.
struct PageRegion {
  std::uint64_t start, end, categories;
};
struct ScanRequest {
  std::uint64_t size, flags, start, end, walk_end, regions, regions_length, most_pages;
  std::uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
constexpr unsigned long kPagemapScan = _IOWR('f', 16, ScanRequest);
constexpr std::uint64_t kPageIsHuge = 1U << 6;

// The number of regions found, or -1.
int scan(const Fd& fd, const std::byte* address) {
  const std::uint64_t page = reinterpret_cast<std::uintptr_t>(address) & ~(kPage.value - 1);
  PageRegion found{};
  ScanRequest request{};
  request.size = sizeof request;
  request.start = page;
  request.end = page + kPage.value;
  request.regions = reinterpret_cast<std::uintptr_t>(&found);
  request.regions_length = 1;
  request.category_mask = kPageIsHuge;
  request.return_mask = kPageIsHuge;
  return ::ioctl(fd.get(), kPagemapScan, &request);
}

std::uint64_t kib_after(const std::string& text, std::string_view label) {
  const auto at = text.find(label);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + label.size(), nullptr, 10);
}

}  // namespace

Result<HugePageQuery> HugePageQuery::open() {
  auto fd = open_fd("/proc/self/pagemap", O_RDONLY);
  if (!fd) return propagate(std::move(fd));
  const std::byte probe{};
  if (scan(*fd, &probe) < 0)
    return os_failure("PAGEMAP_SCAN on /proc/self/pagemap", "use Linux 6.7 or newer");
  return HugePageQuery(std::move(*fd));
}

bool HugePageQuery::maps(const std::byte* address) const noexcept { return scan(fd_, address) > 0; }

Result<std::uint64_t> file_bytes_mapped_huge() {
  auto text = read_text("/proc/self/smaps_rollup");
  if (!text) return propagate(std::move(text));
  return (kib_after(*text, "\nFilePmdMapped:") + kib_after(*text, "\nShmemPmdMapped:")) * 1024;
}

}  // namespace faultlab::os
