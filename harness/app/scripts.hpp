// The commands that Python does: scripts of plots/, run with the Debian interpreter that has their libraries.
#pragma once

#include <string>
#include <vector>

#include "app/exit_code.hpp"

namespace faultlab::app {

// Runs plots/`script` to its end; the exit status is its own. It prints for itself.
ExitCode run_script(const std::string& script, std::vector<std::string> arguments);

}  // namespace faultlab::app
