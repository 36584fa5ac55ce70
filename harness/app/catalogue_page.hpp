// The catalogue of experiments as a page: experiments/README.md.
#pragma once

#include <string>

#include "app/exit_code.hpp"

namespace faultlab::app {

// Markdown, the same on every host. `kind`: what the user asked to list; only experiments have a page.
ExitCode print_catalogue_page(const std::string& kind);

}  // namespace faultlab::app
