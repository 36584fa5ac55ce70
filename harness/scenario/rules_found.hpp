// Finds the fault rules of the running kernel by experiments on a small file.
#pragma once

#include <string>

#include "base/result.hpp"
#include "catalogue/scenario_spec.hpp"
#include "scenario/fault_model.hpp"

namespace faultlab::scenario {

struct FoundRules {
  FaultRules rules;
  std::string how;  // "window of 16 pages, inferred; ...": part of a forecast's rule
};

// In the same folder, so on the same file system. The window is taken from debugfs too where that can be
// read; that the two differ is an error.
Result<FoundRules> find_rules(const Ground& ground);

// fault_around_bytes as debugfs shows it, in pages.
Result<std::uint64_t> parse_fault_around(std::string_view text);

}  // namespace faultlab::scenario
