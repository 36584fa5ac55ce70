// A keyed bijection of [0, n): a shuffle of any size that takes no memory.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/random.hpp"

namespace faultlab::order {

// Adding a key, multiplying by an odd number and folding the upper half onto the lower are each
// bijections of k-bit words, so their composition is one, for the smallest k with 2^k >= n. Cycle
// walking (Black, Rogaway, CT-RSA 2002) restricts it to [0, n): a result outside is put in again
// until it falls inside, which takes fewer than two rounds on average because n > 2^k / 2.
class Bijection {
 public:
  // n > 0
  Bijection(std::uint64_t n, std::uint64_t seed)
      : n_(n),
        mask_(n <= 1 ? 0 : ~std::uint64_t{0} >> std::countl_zero(n - 1)),
        fold_((static_cast<unsigned>(std::popcount(mask_)) + 1) / 2) {
    for (std::size_t round = 0; round < kRounds; ++round) add_[round] = derive_seed(seed, "bijection", round);
  }

  std::uint64_t operator()(std::uint64_t x) const {
    do {
      x = mixed(x);
    } while (x >= n_);
    return x;
  }

 private:
  // The multipliers of SplitMix64 and of MurmurHash3's finaliser. Multipliers drawn
  // from the seed are too small for some seeds, and leave patterns.
  static constexpr std::array<std::uint64_t, 4> kMultiply = {0xBF58476D1CE4E5B9ULL, 0x94D049BB133111EBULL,
                                                             0xFF51AFD7ED558CCDULL, 0xC4CEB9FE1A85EC53ULL};
  static constexpr std::size_t kRounds = kMultiply.size();

  std::uint64_t mixed(std::uint64_t x) const {
    for (std::size_t round = 0; round < kRounds; ++round) {
      x = ((x + add_[round]) * kMultiply[round]) & mask_;
      x ^= x >> fold_;
    }
    return x;
  }

  std::uint64_t n_;
  std::uint64_t mask_;
  unsigned fold_;
  std::array<std::uint64_t, kRounds> add_;
};

}  // namespace faultlab::order
