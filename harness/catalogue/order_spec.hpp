// Orders: which block comes next. A function of (seed, worker), never an array of the whole file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "catalogue/row.hpp"

namespace faultlab {

struct OrderSetup {
  std::uint64_t blocks = 0;  // of the dataset, at least one per worker
  Bytes block;
  std::uint64_t seed = 0;
  unsigned worker = 0;
  unsigned workers = 1;
};

// An endless stream of byte offsets.
class Order {
 public:
  virtual ~Order() = default;
  virtual void fill(std::span<std::uint64_t> offsets) = 0;
};

struct OrderSpec {
  Row row;
  // True where the workers together visit every block exactly once per pass.
  bool covers;
  std::unique_ptr<Order> (*make)(const OrderSetup& setup, const Options& options);
};

}  // namespace faultlab
