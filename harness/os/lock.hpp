// Locks on files that end with the process that took them, however it dies.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

// flock(2), exclusive, on an open file of this process. A forked child would share the lock and hold
// it after its parent's death; its copy of the descriptor is made to point at /dev/null instead.
class ProcessLock {
 public:
  // Does not wait: nothing, when somebody else holds the lock.
  static Result<std::optional<ProcessLock>> try_take(Fd fd, const std::string& path);

  ProcessLock(ProcessLock&&) noexcept = default;
  ProcessLock& operator=(ProcessLock&&) = delete;
  ~ProcessLock();

  const Fd& fd() const { return fd_; }

 private:
  explicit ProcessLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace faultlab::os
