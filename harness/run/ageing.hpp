// The steady start: memory filled to the limit, then aged until the counters have settled.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "run/crew.hpp"

namespace faultlab::run {

// Runs the trial's own order, on other seeds, until misses per access have stayed within 10 % of
// their mean over three stretches. An error when they have not after the time allowed.
Result<> age(Crew& crew, std::uint64_t seed);

}  // namespace faultlab::run
