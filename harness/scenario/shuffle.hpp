// A fixed random order: the same at every call, so that a scenario is the same work each time.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "base/random.hpp"

namespace faultlab::scenario {

// 0 to count - 1, each once.
inline std::vector<std::uint64_t> in_order(std::uint64_t count) {
  std::vector<std::uint64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

inline std::vector<std::uint64_t> shuffled(std::uint64_t count) {
  std::vector<std::uint64_t> order = in_order(count);
  Random random(count);
  for (std::uint64_t left = count; left > 1; --left) std::swap(order[left - 1], order[random.below(left)]);
  return order;
}

}  // namespace faultlab::scenario
