// Running an experiment that has been read, for the commands that do so.
#pragma once

#include <string>

#include "app/commands.hpp"
#include "catalogue/catalogue.hpp"
#include "config/experiment.hpp"
#include "run/run.hpp"

namespace faultlab::app {

// Measures, studies and draws, saying what goes wrong; `resume` is a run folder to go on with, or empty.
ExitCode execute(const Common& common, const RunOptions& options, const config::Experiment& experiment,
                 const std::string& resume);

// In the folders that the command line names; both outlive it.
run::Request request_for(const Common& common, const config::Experiment& experiment,
                         const Catalogue& catalogue);

// False, after saying on stderr what this host lacks for it.
bool can_run(const Common& common, const config::Experiment& experiment);

}  // namespace faultlab::app
