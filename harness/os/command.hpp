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

// A tool that changes something, for us: it ends when we do, and its standard error is part of the output.
Result<CommandOutput> run_tool(const std::vector<std::string>& arguments);

// The tool's path, searched in PATH and where the tools of root lie, unless it is a path itself; empty: it is
// not installed, or may not be executed.
std::string find_tool(const std::string& name);

}  // namespace faultlab::os
