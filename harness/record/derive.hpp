// Readings that follow from other readings, computed in this one place.
#pragma once

#include <string_view>

#include "base/units.hpp"
#include "measure/reading.hpp"

namespace faultlab::record {

// The value that stands for a metric: of its sources in the registry's order, the first that is
// present. Missing, with the first source's reason, when none is.
Value primary(const Readings& readings, std::string_view metric);

// Appends bytes, ops_per_second, faults_per_access, evicted_pages,
// background_evicted_pages and read_amplification, untrapped_faults where perf_faults was asked, and for
// each metric that several sources of the trial's own report, their disagreement: largest less
// smallest, as source "spread". `background_reclaimer`, when not empty, names who else evicts here.
void derive(Readings& readings, Bytes block, const std::string& background_reclaimer);

// Turns every reading in ns or per second into missing "emulated": without hardware help, a time
// says nothing about a machine.
void remove_times(Readings& readings);

}  // namespace faultlab::record
