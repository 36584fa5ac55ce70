// Extents by FIEMAP.
#include "os/file_extents.hpp"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace faultlab::os {
namespace {

constexpr std::uint32_t kExtentsAtOnce = 128;

// The kernel's struct with the extents behind it.
class ExtentPage {
 public:
  Result<> read(const Fd& file, std::uint64_t from) {
    std::fill(bytes_.begin(), bytes_.end(), std::byte{0});
    head()->fm_start = from;
    head()->fm_length = FIEMAP_MAX_OFFSET - from;
    head()->fm_extent_count = kExtentsAtOnce;
    if (::ioctl(file.get(), FS_IOC_FIEMAP, head()) == 0) return {};
    return os_failure("ask the file system where a file lies (FIEMAP)");
  }
  std::uint32_t size() { return head()->fm_mapped_extents; }
  fiemap_extent operator[](std::uint32_t at) { return head()->fm_extents[at]; }

 private:
  fiemap* head() { return reinterpret_cast<fiemap*>(bytes_.data()); }
  // Allocated, and so aligned for any type.
  std::vector<std::byte> bytes_ =
      std::vector<std::byte>(sizeof(fiemap) + kExtentsAtOnce * sizeof(fiemap_extent));
};

}  // namespace

Result<std::uint64_t> shared_bytes(const Fd& file) {
  ExtentPage page;
  std::uint64_t shared = 0;
  std::uint64_t next = 0;
  for (;;) {
    if (auto read = page.read(file, next); !read) return propagate(std::move(read));
    if (page.size() == 0) return shared;
    for (std::uint32_t i = 0; i < page.size(); ++i) {
      const fiemap_extent extent = page[i];
      if ((extent.fe_flags & FIEMAP_EXTENT_SHARED) != 0) shared += extent.fe_length;
      next = extent.fe_logical + extent.fe_length;
      if ((extent.fe_flags & FIEMAP_EXTENT_LAST) != 0) return shared;
    }
  }
}

}  // namespace faultlab::os
