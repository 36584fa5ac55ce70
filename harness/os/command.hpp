// A short external command, run to its end: no shell, so no quoting.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace faultlab::os {

struct CommandOutput {
  int status = 0;      // exit status; 128 + signal number when a signal ended it
  std::string output;  // standard output
};

// posix_spawnp(3) with standard input empty and standard error discarded. An error: it could not be
// started. For tools that answer at once (git, python3 -c): the caller waits without a time limit.
Result<CommandOutput> run_command(const std::vector<std::string>& arguments);

}  // namespace faultlab::os
