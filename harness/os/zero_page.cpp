// A store after a load faults only where the load's page was shared.
#include "os/zero_page.hpp"

#include <sys/mman.h>

#include <cstddef>

#include "os/own_faults.hpp"

namespace faultlab::os {
namespace {

bool try_out() {
  constexpr std::size_t kPages = 16;
  constexpr std::size_t kSize = 4096;
  void* at = ::mmap(nullptr, kPages * kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return true;
  ::madvise(at, kPages * kSize, MADV_NOHUGEPAGE);
  volatile char* bytes = static_cast<char*>(at);
  for (std::size_t i = 0; i < kPages; ++i) static_cast<void>(bytes[i * kSize]);
  const FaultCounts before = thread_faults();
  for (std::size_t i = 0; i < kPages; ++i) bytes[i * kSize] = 1;
  const std::int64_t faults = (thread_faults() - before).minor;
  ::munmap(at, kPages * kSize);
  return faults >= static_cast<std::int64_t>(kPages);
}

}  // namespace

bool loads_share_zero_page() {
  static const bool shared = try_out();
  return shared;
}

}  // namespace faultlab::os
