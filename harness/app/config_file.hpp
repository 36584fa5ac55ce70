// Reading a config file for a command, with its problems printed.
#pragma once

#include <optional>
#include <string>

#include "config/read.hpp"

namespace faultlab::app {

// The experiment, or nothing after every problem has been printed to stderr.
std::optional<config::Experiment> read_config(const std::string& typed);

}  // namespace faultlab::app
