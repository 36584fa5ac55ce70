// Every config path that a factor's level may set, with its check and its schema: one table for both.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/trial.hpp"

namespace faultlab::config {

struct Setting {
  std::string path;  // "workload.engine"
  // Draft-07, without defaults that depend on the place.
  Json schema;
  // Reports what is wrong with the value by itself, whatever stands around it.
  std::function<void(const Node&, const Context&)> check;
};

std::vector<Setting> settings(const Catalogue& catalogue);

// The options of a plugin as schema properties; `required` receives the names that have no default.
Json option_properties(const Row& row, Json& required);
Json option_schema(const OptionSpec& spec);
// A plugin by name, or as an object with its kind and options.
Json choice_schema(std::span<const Row* const> rows, std::string_view description);

}  // namespace faultlab::config
