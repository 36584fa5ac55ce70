// The owner of a stretch of addresses with a file behind it, placed so that page tables and folios line up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/result.hpp"
#include "base/units.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

// Pages of a region: [first, first + count).
struct PageSpan {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// Addresses reserved at a multiple of 2 MiB (a page table of 512 entries), so that page i of the region
// sits in entry i % 512 on every run: what a fault maps depends on that (mm/memory.c: do_fault_around).
class FileRegion {
 public:
  static Result<FileRegion> reserve(PageCount pages);

  FileRegion() = default;
  FileRegion(FileRegion&& other) noexcept
      : whole_(std::exchange(other.whole_, nullptr)),
        whole_size_(std::exchange(other.whole_size_, 0)),
        at_(std::exchange(other.at_, nullptr)),
        pages_(std::exchange(other.pages_, 0)) {}
  FileRegion& operator=(FileRegion&& other) noexcept {
    if (this != &other) {
      reset();
      whole_ = std::exchange(other.whole_, nullptr);
      whole_size_ = std::exchange(other.whole_size_, 0);
      at_ = std::exchange(other.at_, nullptr);
      pages_ = std::exchange(other.pages_, 0);
    }
    return *this;
  }
  ~FileRegion() { reset(); }

  // mmap(2) with MAP_FIXED over `span`; page span.first shows page `file_page` of the file.
  Result<> map(const Fd& fd, PageSpan span, std::uint64_t file_page, int protection, int flags);
  // Back to reserved addresses without a file.
  Result<> unmap();
  // munmap(2): nothing is there afterwards, not even the reservation; the destructor tolerates that.
  Result<> give_up() const;

  std::byte* data() const { return at_; }
  std::uint64_t pages() const { return pages_; }
  PageSpan all() const { return {0, pages_}; }
  bool held() const { return at_ != nullptr; }
  void reset();

  Result<> advise(int advice) const { return advise(advice, all()); }
  Result<> advise(int advice, PageSpan span) const;
  Result<> sync() const;    // msync(2), MS_SYNC
  Result<> lock() const;    // mlock(2)
  Result<> unlock() const;  // munlock(2)
  // mremap(2) of this region's pages to the start of another reserved one, which then shows them.
  Result<> move_to(FileRegion& other);

 private:
  std::byte* whole_ = nullptr;  // what was reserved, before alignment
  std::size_t whole_size_ = 0;
  std::byte* at_ = nullptr;
  std::uint64_t pages_ = 0;
};

}  // namespace faultlab::os
