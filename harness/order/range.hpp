// A covering order's share of the dataset: one contiguous range of blocks per worker.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/random.hpp"
#include "catalogue/order_spec.hpp"

namespace faultlab::order {

struct BlockRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const { return end - first; }
};

// [w * n / W, (w + 1) * n / W): the ranges of all workers meet without gap or overlap, and none is
// empty because every worker has at least one block.
inline BlockRange share_of(const OrderSetup& setup) {
  return {setup.worker * setup.blocks / setup.workers, (setup.worker + 1) * setup.blocks / setup.workers};
}

// How many blocks are so many per cent of all: rounded, at least one.
inline std::uint64_t blocks_of(const OrderSetup& setup, double percent) {
  const double exact = static_cast<double>(setup.blocks) * percent / 100;
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::llround(exact)), 1, setup.blocks);
}

// The seed of a worker that draws on its own from the whole dataset.
inline std::uint64_t worker_seed(const OrderSetup& setup) {
  return derive_seed(setup.seed, "order", setup.worker);
}

// Of the orders that have a hot part.
inline constexpr OptionSpec kHotBlocks = {.name = "hot_blocks_percent",
                                          .type = OptionType::number,
                                          .fallback = "10",
                                          .meaning = "share of the blocks that are hot",
                                          .minimum = 0,
                                          .maximum = 100};

}  // namespace faultlab::order
