// Advisory locks.
#include "os/lock.hpp"

#include <sys/file.h>

#include <cerrno>

namespace faultlab::os {

Result<bool> try_lock(const Fd& fd, const std::string& path) {
  for (;;) {
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return os_failure("lock " + path);
  }
}

}  // namespace faultlab::os
