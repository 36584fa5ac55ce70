// The config as run: every default written out, every size in its shortest form, deterministic.
#pragma once

#include "config/cells.hpp"

namespace faultlab::config {

// The part that describes the base trial. Shares of the dataset stay shares: levels may change it.
Json resolved_trial(const Node& root, const Draft& draft, const Catalogue& catalogue);
Json resolved_factors(std::span<const FactorPlan> factors, const Node* written);
Json resolved_filter(std::span<const Selection> filter, std::span<const FactorPlan> factors);

}  // namespace faultlab::config
