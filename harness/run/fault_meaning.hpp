// What the faults of a trial's accesses are: by its engine, and by where its memory can go.
#pragma once

#include <string>

#include "catalogue/catalogue.hpp"
#include "config/experiment.hpp"

namespace faultlab::run {

// `root` is prefixed to /sys: whether zswap stands before the trial's area is asked there.
FaultMeaning fault_meaning(const EngineSpec& engine, const config::Trial& trial, const Catalogue& catalogue,
                           const std::string& root = "");

}  // namespace faultlab::run
