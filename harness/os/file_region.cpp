// Placing file mappings at aligned addresses.
#include "os/file_region.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <string>

namespace faultlab::os {
namespace {

const void* const kNotMapped = MAP_FAILED;
constexpr std::uint64_t kTableBytes = 512 * kPage.value;  // what one page table maps

Result<void*> reserve_at(void* where, std::size_t size, int extra) {
  void* at = ::mmap(where, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | extra, -1, 0);
  if (at == kNotMapped) return os_failure("reserve " + std::to_string(size) + " bytes of addresses");
  return at;
}

}  // namespace

Result<FileRegion> FileRegion::reserve(PageCount pages) {
  FileRegion region;
  region.whole_size_ = bytes_of(pages).value + kTableBytes;
  auto at = reserve_at(nullptr, region.whole_size_, 0);
  if (!at) return propagate(std::move(at));
  region.whole_ = static_cast<std::byte*>(*at);
  const auto address = reinterpret_cast<std::uintptr_t>(region.whole_);
  region.at_ = region.whole_ + ((kTableBytes - address % kTableBytes) % kTableBytes);
  region.pages_ = pages.value;
  return region;
}

Result<> FileRegion::map(const Fd& fd, PageSpan span, std::uint64_t file_page, int protection, int flags) {
  const std::size_t size = span.count * kPage.value;
  void* at = ::mmap(at_ + span.first * kPage.value, size, protection, flags | MAP_FIXED, fd.get(),
                    static_cast<off_t>(file_page * kPage.value));
  if (at == kNotMapped) return os_failure("map " + std::to_string(size) + " bytes of a file");
  return {};
}

Result<> FileRegion::unmap() {
  auto at = reserve_at(whole_, whole_size_, MAP_FIXED);
  if (!at) return propagate(std::move(at));
  return {};
}

void FileRegion::reset() {
  if (whole_ != nullptr) ::munmap(whole_, whole_size_);
  whole_ = at_ = nullptr;
  whole_size_ = 0;
  pages_ = 0;
}

Result<> FileRegion::give_up() const {
  return ::munmap(at_, pages_ * kPage.value) == 0 ? Result<>() : os_failure("unmap a file");
}

Result<> FileRegion::advise(int advice, PageSpan span) const {
  if (::madvise(at_ + span.first * kPage.value, span.count * kPage.value, advice) == 0) return {};
  return os_failure("madvise " + std::to_string(advice) + " on a file mapping");
}

Result<> FileRegion::sync() const {
  if (::msync(at_, pages_ * kPage.value, MS_SYNC) == 0) return {};
  return os_failure("msync a file mapping");
}

Result<> FileRegion::lock() const {
  if (::mlock(at_, pages_ * kPage.value) == 0) return {};
  return os_failure("lock a file mapping in memory", "raise `ulimit -l`");
}

Result<> FileRegion::unlock() const {
  if (::munlock(at_, pages_ * kPage.value) == 0) return {};
  return os_failure("unlock a file mapping");
}

Result<> FileRegion::move_to(FileRegion& other) {
  const std::size_t size = pages_ * kPage.value;
  void* at = ::mremap(at_, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, other.at_);
  if (at == kNotMapped) return os_failure("move a file mapping");
  return {};
}

}  // namespace faultlab::os
