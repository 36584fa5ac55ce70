// Factors times levels, less what include and exclude take away, each cell with its own tree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace faultlab::config {

struct LevelPlan {
  std::string label;
  const Place* place;
  std::vector<std::pair<std::string, NodePtr>> set;  // config path -> value, with the value's place
};

struct FactorPlan {
  std::string name;
  std::vector<LevelPlan> levels;
};

// Levels of some factors, as (factor, level) indexes. A cell has it when it has all of them.
using Selection = std::vector<std::pair<std::size_t, std::size_t>>;
// One level index per factor.
using LevelIndexes = std::vector<std::size_t>;

std::vector<FactorPlan> read_factors(const Node& node, std::span<const Setting> settings,
                                     const Context& context);

// {"workload.engine": "pread"}: a level by its label, or a scalar level by its value.
std::optional<Selection> read_selection(const Node& node, std::span<const FactorPlan> factors,
                                        Problems& problems);
Json selection_json(const Selection& selection, std::span<const FactorPlan> factors);
bool has(const LevelIndexes& cell, const Selection& selection);

// The label of a scalar; nothing for a list, an object or null.
std::optional<std::string> label_of(const Node& node);

struct Filters {
  std::vector<Selection> include;
  std::vector<Selection> exclude;
};
std::vector<Selection> read_filter(const Node& node, std::string_view noun,
                                   std::span<const FactorPlan> factors, Problems& problems);

// The cells that are left, the first factor varying slowest; nothing where there are too many to list.
std::optional<std::vector<LevelIndexes>> list_cells(std::span<const FactorPlan> factors,
                                                    const Filters& filters, const Place& place,
                                                    Problems& problems);

Cell cell_of(const LevelIndexes& indexes, std::span<const FactorPlan> factors);

// The base with the cell's levels set, shallow paths first, so that "workload.order" never undoes
// "workload.order.theta".
NodePtr tree_of(const LevelIndexes& indexes, std::span<const FactorPlan> factors, const NodePtr& base);

}  // namespace faultlab::config
