// Config files.
#include "app/config_file.hpp"

#include <fmt/format.h>

#include "app/paths.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "os/file.hpp"

namespace faultlab::app {

std::optional<config::Experiment> read_config(const std::string& typed) {
  const auto path = find_config(typed);
  if (!path) {
    print_error(path.error());
    return std::nullopt;
  }
  const auto text = os::read_text(*path);
  if (!text) {
    print_error(text.error());
    return std::nullopt;
  }
  auto read = config::read_experiment(*text, *path, full_catalogue());
  for (const config::Problem& problem : read.problems) fmt::print(stderr, "{}\n", config::to_string(problem));
  if (!read.problems.empty()) return std::nullopt;
  return std::move(read.experiment);
}

}  // namespace faultlab::app
