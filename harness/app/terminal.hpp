// What the user sees: data on stdout, progress and errors on stderr.
#pragma once

#include <string>

#include "app/commands.hpp"
#include "base/result.hpp"
#include "run/run.hpp"

namespace faultlab::app {

// "faultlab: <what>" and the remedy, on stderr.
void print_error(const Error& error);
void print_error(const std::string& what, const std::string& remedy = {});

// A bar with the time left when stderr is a terminal, plain lines otherwise, nothing when quiet.
run::Observer progress(const Common& common);

}  // namespace faultlab::app
