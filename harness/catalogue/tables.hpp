// The generated tables, one per plugin folder.
#pragma once

#include "catalogue/catalogue.hpp"

namespace faultlab {

Table<EngineSpec> engine_table();
Table<OrderSpec> order_table();
Table<PressureSpec> pressure_table();
Table<ProbeSpec> probe_table();
Table<MediumSpec> medium_table();
Table<ScenarioSpec> scenario_table();
Table<SwapSpec> swap_table();
Table<SinkSpec> sink_table();

inline Catalogue full_catalogue() {
  return {engine_table(), order_table(),    pressure_table(), probe_table(),
          medium_table(), scenario_table(), swap_table(),     sink_table()};
}

}  // namespace faultlab
