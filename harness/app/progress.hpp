// What a run shows of itself on stderr while it is under way.
#pragma once

#include <string>

#include "app/commands.hpp"
#include "config/experiment.hpp"
#include "run/run.hpp"

namespace faultlab::app {

// A bar with the time left when stderr is a terminal, plain lines otherwise, nothing when quiet.
run::Observer progress(const Common& common, const config::Experiment& experiment);

// "45 s", "3 min 05 s", "2 h 07 min".
std::string duration_text(double seconds);

// One line of at most so many columns: what does not fit is left out, from the least useful on.
std::string progress_line(std::size_t columns, std::size_t finished, std::size_t planned, double seconds_left,
                          const std::string& cell);

}  // namespace faultlab::app
