// Every plugin that this build knows, as data. Assembled in app/; handed to the config reader.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include "catalogue/engine_spec.hpp"
#include "catalogue/medium_spec.hpp"
#include "catalogue/order_spec.hpp"
#include "catalogue/pressure_spec.hpp"
#include "catalogue/probe_spec.hpp"
#include "catalogue/scenario_spec.hpp"
#include "catalogue/sink_spec.hpp"
#include "catalogue/swap_spec.hpp"

namespace faultlab {

template <class Spec>
using Table = std::span<const Spec* const>;

struct Catalogue {
  Table<EngineSpec> engines;
  Table<OrderSpec> orders;
  Table<PressureSpec> pressures;
  Table<ProbeSpec> probes;
  Table<MediumSpec> media;
  Table<ScenarioSpec> scenarios = {};
  Table<SwapSpec> swaps = {};
  Table<SinkSpec> sinks = {};
};

// The row of that name, or nullptr.
template <class Spec>
const Spec* find(Table<Spec> table, std::string_view name) {
  const auto at =
      std::find_if(table.begin(), table.end(), [&](const Spec* spec) { return spec->row.name == name; });
  return at == table.end() ? nullptr : *at;
}

}  // namespace faultlab
