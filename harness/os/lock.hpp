// Advisory locks on open files: they end with their holder, however it dies.
#pragma once

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

// flock(2), exclusive, without waiting. False: another open file description holds the lock. It is
// released when the last descriptor of this open file is closed, so also by SIGKILL.
Result<bool> try_lock(const Fd& fd, const std::string& path);

}  // namespace faultlab::os
