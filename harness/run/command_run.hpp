// A program of the user's as a trial's work.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "run/window.hpp"

namespace faultlab::run {

// Runs it to its end; its window is exec to exit. Where a signal ended it, that is an error, and `signal`
// says which: an ending of its own, not a mere failure.
Result<Window> run_command(const std::vector<std::string>& command, std::optional<int>& signal);

}  // namespace faultlab::run
