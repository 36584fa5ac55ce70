// Rings of liburing, owned.
#include "os/uring_queue.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <vector>

namespace faultlab::os {

Result<UringQueue> UringQueue::make(unsigned entries, unsigned flags) {
  auto ring = std::make_unique<io_uring>();
  if (const int made = ::io_uring_queue_init(entries, ring.get(), flags); made < 0) {
    const bool refused = made == -ENOSYS || made == -EPERM;
    return fail("make an io_uring: " + std::generic_category().message(-made),
                "use Linux 5.6 or later with kernel.io_uring_disabled=0", refused ? EOPNOTSUPP : -made);
  }
  return UringQueue(std::unique_ptr<io_uring, Exit>(ring.release()));
}

Result<> UringQueue::register_buffers(std::span<std::byte> memory, std::size_t size) const {
  std::vector<iovec> parts;
  for (; memory.size() >= size; memory = memory.subspan(size)) parts.push_back({memory.data(), size});
  const int error =
      ::io_uring_register_buffers(ring_.get(), parts.data(), static_cast<unsigned>(parts.size()));
  if (error == 0) return {};
  return fail(fmt::format("register {} buffers of {} bytes with io_uring: {}", parts.size(), size,
                          std::generic_category().message(-error)),
              "the kernel locks them in memory: raise ulimit -l, or take fewer or smaller ones", -error);
}

Result<> UringQueue::register_file(int file) const {
  const int error = ::io_uring_register_files(ring_.get(), &file, 1);
  if (error == 0) return {};
  return fail("register a file with io_uring: " + std::generic_category().message(-error), {}, -error);
}

int UringQueue::enter(unsigned wait_for) const noexcept {
  const int entered = ::io_uring_submit_and_wait(ring_.get(), wait_for);
  return entered < 0 ? -entered : 0;
}

}  // namespace faultlab::os
