// Copies of this process that go on without an exec (fork(2)): for what sharing pages does to faults.
#pragma once

#include <sys/types.h>

#include <utility>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

// A copy that holds our pages and does nothing until it is dropped: it has faulted for the last time
// before make() returns.
class IdleCopy {
 public:
  static Result<IdleCopy> make();
  IdleCopy() = default;
  IdleCopy(IdleCopy&& other) noexcept : pid_(std::exchange(other.pid_, 0)), wake_(std::move(other.wake_)) {}
  IdleCopy& operator=(IdleCopy&& other) noexcept;
  ~IdleCopy() { end(); }
  void end();  // killed and reaped

 private:
  pid_t pid_ = 0;
  Fd wake_;  // what it waits for
};

// Returns in a child; this process waits for its end and ends with its status, asleep all the while. Of
// the calling process, no other thread may run.
Result<> continue_in_child();

}  // namespace faultlab::os
