// Reading a config file for a command, with its problems printed.
#pragma once

#include <optional>
#include <string>

#include "config/read.hpp"

namespace faultlab::app {

// The experiment, or nothing after every problem has been printed to stderr.
std::optional<config::Experiment> read_config(const std::string& typed);

// The experiment of a config's text; `path` is what its problems are shown at.
std::optional<config::Experiment> read_printing(const std::string& text, const std::string& path);

// The experiment that a run folder is of; nothing, after saying why on stderr, where it is no run folder.
std::optional<config::Experiment> read_run(const std::string& run);

// The same experiment with neither probes nor a time series; nothing, after saying so on stderr, where
// one of its factors is about them.
std::optional<config::Experiment> without_probes(const config::Experiment& experiment);

}  // namespace faultlab::app
