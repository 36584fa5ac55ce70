// What a dataset is filled with: it decides what a compressor makes of it.
#pragma once

#include <cstdint>

namespace faultlab {

enum class Content {
  random,  // no compressor finds anything in it
  half,    // the first half of each page is random, the rest zeros
  zero,    // zeros: zram and zswap store no such page, and its sums prove nothing
  sparse,  // a file without blocks, which reads as zeros: of any size, and no device is read
};

// With the place, everything that a word of the dataset depends on.
struct ContentSpec {
  std::uint64_t seed = 0;
  Content kind = Content::random;

  constexpr ContentSpec(std::uint64_t drawn_from = 0, Content of = Content::random)  // NOLINT: a seed will do
      : seed(drawn_from), kind(of) {}
};

}  // namespace faultlab
