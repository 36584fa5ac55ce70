// Anonymous memory at chosen addresses.
#include "os/anon_region.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>

#include <string>

namespace faultlab::os {
namespace {

const void* const kFailed = MAP_FAILED;
constexpr std::size_t kAlignment = 2UL << 20;  // what one page table maps, and a huge page holds

}  // namespace

Result<AnonRegion> AnonRegion::reserve(PageCount pages) {
  const std::size_t size = bytes_of(pages).value + 3 * kAlignment;
  void* at = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == kFailed) return os_failure("reserve " + std::to_string(size) + " bytes of addresses");
  AnonRegion region;
  region.whole_ = static_cast<std::byte*>(at);
  region.whole_size_ = size;
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  region.at_ = region.whole_ + (2 * kAlignment - address % kAlignment);
  return region;
}

AnonRegion::~AnonRegion() {
  if (whole_ != nullptr) ::munmap(whole_, whole_size_);
}

Result<> AnonRegion::map(std::uint64_t first, std::uint64_t pages, int protection, int flags) {
  const int sharing = (flags & MAP_SHARED) != 0 ? 0 : MAP_PRIVATE;
  void* got =
      ::mmap(at(first), pages * kPage.value, protection, sharing | MAP_ANONYMOUS | MAP_FIXED | flags, -1, 0);
  if (got == kFailed) return os_failure("map " + std::to_string(pages) + " pages of memory");
  return {};
}

Result<> AnonRegion::unmap(std::uint64_t first, std::uint64_t pages) const {
  if (::munmap(at(first), pages * kPage.value) == 0) return {};
  return os_failure("unmap " + std::to_string(pages) + " pages");
}

Result<> AnonRegion::map_file(const Fd& fd, std::uint64_t pages) {
  void* got = ::mmap(at_, pages * kPage.value, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd.get(), 0);
  if (got == kFailed) return os_failure("map " + std::to_string(pages) + " pages of a file in memory");
  return {};
}

Result<> AnonRegion::advise(std::uint64_t first, std::uint64_t pages, int advice) const {
  if (::madvise(at(first), pages * kPage.value, advice) == 0) return {};
  return os_failure("madvise " + std::to_string(advice));
}

Result<> AnonRegion::protect(std::uint64_t first, std::uint64_t pages, int protection) const {
  if (::mprotect(at(first), pages * kPage.value, protection) == 0) return {};
  return os_failure("mprotect " + std::to_string(protection));
}

Result<> AnonRegion::lock(std::uint64_t first, std::uint64_t pages) const {
  if (::mlock(at(first), pages * kPage.value) == 0) return {};
  return os_failure("lock " + std::to_string(pages) + " pages in memory", "raise `ulimit -l`");
}

Result<> AnonRegion::move_to(AnonRegion& other, std::uint64_t pages) {
  const std::size_t size = pages * kPage.value;
  if (::mremap(at_, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, other.at_) != kFailed) return {};
  return os_failure("move " + std::to_string(pages) + " pages of memory");
}

Result<> map_and_unmap(std::uint64_t pages) {
  const std::size_t size = pages * kPage.value;
  void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return os_failure("map " + std::to_string(pages) + " pages");
  return ::munmap(at, size) == 0 ? Result<>() : os_failure("unmap " + std::to_string(pages) + " pages");
}

Result<> huge_pages_off() {
  if (::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0) return {};
  return os_failure("keep huge pages away");
}

}  // namespace faultlab::os
