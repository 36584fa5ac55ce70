// Locks of this process alone.
#include "os/lock.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <set>

namespace faultlab::os {
namespace {

// The descriptors that children must not share.
struct Registry {
  std::mutex mutex;
  std::set<int> held;
  Fd null;
};

// Never destroyed: a fork in another thread may come as late as it likes.
Registry& registry() {
  static auto& all = *new Registry;
  return all;
}

void before_fork() { registry().mutex.lock(); }
void after_fork_in_parent() { registry().mutex.unlock(); }
// Only async-signal-safe calls: the parent may have had other threads (signal-safety(7)).
void after_fork_in_child() {
  for (const int fd : registry().held) ::dup3(registry().null.get(), fd, O_CLOEXEC);
  registry().mutex.unlock();
}

Result<> watch_forks() {
  const std::lock_guard guard(registry().mutex);
  if (registry().null.held()) return {};
  auto null = open_fd("/dev/null", O_RDWR);
  if (!null) return propagate(std::move(null));
  const int code = ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  if (code != 0) return fail("prepare for forks: out of memory", {}, code);
  registry().null = std::move(*null);
  return {};
}

}  // namespace

Result<std::optional<ProcessLock>> ProcessLock::try_take(Fd fd, const std::string& path) {
  if (auto watched = watch_forks(); !watched) return propagate(std::move(watched), "lock " + path);
  // Before it is locked: a fork in another thread must not slip in between.
  const std::lock_guard guard(registry().mutex);
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    if (errno != EINTR) return os_failure("lock " + path);
  }
  registry().held.insert(fd.get());
  return ProcessLock(std::move(fd));
}

ProcessLock::~ProcessLock() {
  if (!fd_.held()) return;
  const std::lock_guard guard(registry().mutex);
  registry().held.erase(fd_.get());
}

}  // namespace faultlab::os
