// Where the project's files are: plots, experiments, results.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "run/places.hpp"

namespace faultlab::app {

// $FAULTLAB_ROOT, else the nearest folder above the program or the working folder that holds
// plots/study. Empty when there is none.
std::string project_root();

std::string default_results();
std::string default_data(const std::string& results);

// The project's experiments, by their folders below experiments/: "quickstart", "applications/sqlite";
// sorted.
std::vector<std::string> experiment_names();

// Of this program: where others were built with it.
std::string program_folder();
// What the words in braces of a config stand for.
run::Places places(const std::string& data);

// A config from what the user typed: a file, a folder that holds experiment.json, or the name of an
// experiment of the project.
Result<std::string> find_config(const std::string& typed);

}  // namespace faultlab::app
