// The owner of a stretch of addresses for anonymous memory whose borders and alignment are known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/result.hpp"
#include "base/units.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

// Addresses are reserved (PROT_NONE) with room on both sides, so that what is mapped inside never
// merges with a neighbour, and begin at a multiple of 2 MiB. Positions and sizes are in pages.
class AnonRegion {
 public:
  static Result<AnonRegion> reserve(PageCount pages);

  AnonRegion() = default;
  AnonRegion(AnonRegion&& other) noexcept { *this = std::move(other); }
  AnonRegion& operator=(AnonRegion&& other) noexcept {
    std::swap(whole_, other.whole_);
    std::swap(whole_size_, other.whole_size_);
    std::swap(at_, other.at_);
    return *this;
  }
  ~AnonRegion();

  std::byte* at(std::uint64_t page = 0) const { return at_ + page * kPage.value; }
  // mmap(2), anonymous; private unless `flags` hold MAP_SHARED. Allocates nothing when it succeeds.
  Result<> map(std::uint64_t first, std::uint64_t pages, int protection, int flags = 0);
  // Nothing is mapped there afterwards, not even the reservation; the destructor tolerates that.
  Result<> unmap(std::uint64_t first, std::uint64_t pages) const;
  // The first pages of a file in memory (memfd_create(2)), shared.
  Result<> map_file(const Fd& fd, std::uint64_t pages);
  Result<> advise(std::uint64_t first, std::uint64_t pages, int advice) const;
  Result<> protect(std::uint64_t first, std::uint64_t pages, int protection) const;
  Result<> lock(std::uint64_t first, std::uint64_t pages) const;
  // mremap(2): the pages go to the beginning of `other`.
  Result<> move_to(AnonRegion& other, std::uint64_t pages);

 private:
  std::byte* whole_ = nullptr;
  std::size_t whole_size_ = 0;
  std::byte* at_ = nullptr;
};

// mmap(2) and munmap(2) of anonymous memory that nobody touches, anywhere.
Result<> map_and_unmap(std::uint64_t pages);

// For this process from now on (PR_SET_THP_DISABLE).
Result<> huge_pages_off();

}  // namespace faultlab::os
