// What must stand around a scenario while it runs: kernel settings, an area to swap to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "host/knobs.hpp"

namespace faultlab::run {

struct ScenarioPlace {
  std::string data;  // the folder of its files and swap areas
  std::shared_ptr<host::Journal> journal;
};

// Those of its settings that do not stand already.
Result<std::vector<host::KnobGuard>> set_scenario_knobs(const ScenarioSpec& spec, const ScenarioPlace& place);

// Null where it needs none.
Result<std::unique_ptr<SwapPlace>> enable_scenario_swap(const ScenarioSpec& spec, const Catalogue& catalogue,
                                                        std::uint64_t pages, const ScenarioPlace& place);

}  // namespace faultlab::run
