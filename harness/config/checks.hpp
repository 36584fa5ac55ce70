// Expectations and figures: checked against the metrics, the factors and the cells, handed on as JSON.
#pragma once

#include "config/cells.hpp"

namespace faultlab::config {

struct Design {
  std::span<const FactorPlan> factors;
  const std::vector<LevelIndexes>* cells;  // null where they could not be listed
};

// Each checked and in canonical form: labels as texts, `where` always there.
Json read_expectations(const Node& node, const Design& design, Problems& problems);
Json read_figures(const Node& node, const Design& design, Problems& problems);

std::vector<std::string_view> metric_names();

}  // namespace faultlab::config
