// Memory mappings.
#include "os/mapping.hpp"

#include <sys/mman.h>

#include <bit>
#include <cerrno>

namespace faultlab::os {
namespace {

// MAP_FAILED is a cast inside a macro; named once, here.
const void* const kFailed = MAP_FAILED;

}  // namespace

Result<Mapping> Mapping::of_file(const Fd& fd, Bytes size, int protection, int flags) {
  void* at = ::mmap(nullptr, size.value, protection, flags, fd.get(), 0);
  if (at == kFailed) return os_failure("map " + std::to_string(size.value) + " bytes of a file");
  return Mapping(static_cast<std::byte*>(at), size.value);
}

Result<Mapping> Mapping::anonymous(Bytes size) {
  void* at = ::mmap(nullptr, size.value, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == kFailed) return os_failure("map " + std::to_string(size.value) + " bytes of memory");
  return Mapping(static_cast<std::byte*>(at), size.value);
}

Result<Mapping> Mapping::anonymous_small(Bytes size) {
  auto memory = anonymous(size);
  if (!memory) return memory;
  // madvise(2): EINVAL from a kernel without transparent huge pages, where pages are small anyway.
  if (auto advised = memory->advise(MADV_NOHUGEPAGE); !advised && advised.error().code != EINVAL) {
    return propagate(std::move(advised));
  }
  return memory;
}

Result<Mapping> Mapping::anonymous_pooled(Bytes size, Bytes page) {
  // mmap(2): the binary logarithm of the page's size stands in the flags.
  const int flags =
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (std::countr_zero(page.value) << MAP_HUGE_SHIFT);
  void* at = ::mmap(nullptr, size.value, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (at == kFailed) {
    return os_failure("map " + std::to_string(size.value) + " bytes in huge pages of " +
                          std::to_string(page.value) + " bytes",
                      "raise the pool of huge pages with a knob (docs/setup.md#huge-pages)");
  }
  return Mapping(static_cast<std::byte*>(at), size.value);
}

void Mapping::reset() {
  if (at_ != nullptr) ::munmap(at_, size_);
  at_ = nullptr;
  size_ = 0;
}

Result<> Mapping::advise(int advice) const { return os::advise(bytes(), advice); }

Result<> Mapping::lock() const {
  if (::mlock(at_, size_) != 0) {
    return os_failure("lock " + std::to_string(size_) + " bytes in memory", "raise `ulimit -l`");
  }
  return {};
}

Result<> advise(std::span<std::byte> memory, int advice) {
  if (::madvise(memory.data(), memory.size(), advice) != 0) {
    return os_failure("madvise " + std::to_string(advice));
  }
  return {};
}

}  // namespace faultlab::os
