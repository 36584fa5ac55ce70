// Rings of liburing, owned.
#include "os/uring_queue.hpp"

#include <cerrno>
#include <system_error>

namespace faultlab::os {

Result<UringQueue> UringQueue::make(unsigned entries) {
  auto ring = std::make_unique<io_uring>();
  if (const int made = ::io_uring_queue_init(entries, ring.get(), 0); made < 0) {
    const bool refused = made == -ENOSYS || made == -EPERM;
    return fail("make an io_uring: " + std::generic_category().message(-made),
                "use Linux 5.6 or later with kernel.io_uring_disabled=0", refused ? EOPNOTSUPP : -made);
  }
  return UringQueue(std::unique_ptr<io_uring, Exit>(ring.release()));
}

int UringQueue::enter(unsigned wait_for) const noexcept {
  const int entered = ::io_uring_submit_and_wait(ring_.get(), wait_for);
  return entered < 0 ? -entered : 0;
}

}  // namespace faultlab::os
