// Seeded mutants of a JSON text: what typing, copying and careless merging do to a config.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace faultlab::testing {

// Precondition: `base` is JSON, comments allowed. The same arguments give the same mutants on every
// machine. Most are invalid as configs; a few are not, for instance where an optional key was deleted.
std::vector<std::string> mutants(const std::string& base, unsigned count, std::uint64_t seed);

}  // namespace faultlab::testing
