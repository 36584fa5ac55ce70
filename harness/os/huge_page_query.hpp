// Asks the kernel whether it maps an address by a huge page.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

class HugePageQuery {
 public:
  // Fails before Linux 6.7, which brought the ioctl PAGEMAP_SCAN (admin-guide/mm/pagemap.rst).
  static Result<HugePageQuery> open();

  // True where this address of our own is mapped by one entry of 2 MiB. False also where it is mapped
  // no longer.
  bool maps(const std::byte* address) const noexcept;

 private:
  explicit HugePageQuery(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

// Bytes of files and shared memory that this process maps by huge pages now, for kernels that cannot be
// asked address by address (/proc/self/smaps_rollup).
Result<std::uint64_t> file_bytes_mapped_huge();

}  // namespace faultlab::os
