// The steady start: memory filled to the limit, then aged until the counters have settled.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "run/crew.hpp"

namespace faultlab::run {

// Runs the trial's own order, on other seeds, until misses per access have stayed within 10 % of
// their mean over three stretches. An error when they have not after the time allowed.
// `in_passes`, for orders that visit each block once a pass: a stretch is a pass. Cut by time, each would
// begin anew and end in the middle, over other blocks than the one before, and never settle.
Result<> age(Crew& crew, std::uint64_t seed, bool in_passes);

}  // namespace faultlab::run
