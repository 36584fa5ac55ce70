// The bijection: one-to-one for every size, and shuffled enough that no neighbourhood survives.
#include "order/bijection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace faultlab::order {
namespace {

TEST(Bijection, VisitsEveryPlaceOnceForEverySmallSize) {
  for (std::uint64_t n = 1; n <= 300; ++n) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const Bijection shuffle(n, seed);
      std::vector<int> visits(n, 0);
      for (std::uint64_t i = 0; i < n; ++i) ++visits.at(shuffle(i));
      ASSERT_EQ(*std::min_element(visits.begin(), visits.end()), 1) << n << " places, seed " << seed;
    }
  }
}

TEST(Bijection, VisitsEveryPlaceOnceAroundAPowerOfTwo) {
  for (const std::uint64_t n : {65535, 65536, 65537, 100003}) {
    const Bijection shuffle(n, 17);
    std::vector<bool> visited(n, false);
    for (std::uint64_t i = 0; i < n; ++i) {
      const std::uint64_t place = shuffle(i);
      ASSERT_FALSE(visited.at(place)) << n;
      visited.at(place) = true;
    }
  }
}

TEST(Bijection, WorksInTheWholeRangeOfSixtyFourBits) {
  const std::uint64_t n = ~std::uint64_t{0};
  const Bijection shuffle(n, 3);
  for (std::uint64_t i = 0; i < 1000; ++i) ASSERT_LT(shuffle(n - 1 - i), n);
}

TEST(Bijection, IsAnotherOneForAnotherSeed) {
  const Bijection a(1000, 1);
  const Bijection b(1000, 2);
  int same = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) same += a(i) == b(i) ? 1 : 0;
  EXPECT_LT(same, 12);  // 1 expected of a random pair
}

// Steps between successive places, in eighths of the range: a shuffle has as many of each kind of
// (from, to) pair as any other.
TEST(Bijection, LeavesNoPatternBetweenSuccessivePlaces) {
  constexpr std::size_t kParts = 8;
  for (const std::uint64_t n : {1ULL << 16, 100003ULL}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Bijection shuffle(n, seed);
      std::vector<double> pairs(kParts * kParts, 0);
      std::uint64_t from = shuffle(0);
      for (std::uint64_t i = 1; i < n; ++i) {
        const std::uint64_t to = shuffle(i);
        ++pairs.at(from * kParts / n * kParts + to * kParts / n);
        from = to;
      }
      const double each = static_cast<double>(n - 1) / (kParts * kParts);
      double chi_square = 0;
      for (const double count : pairs) chi_square += (count - each) * (count - each) / each;
      EXPECT_LT(chi_square, 140) << n << " places, seed " << seed;  // 63 degrees of freedom: 5 sigma is 119
    }
  }
}

// What read-ahead and fault-around would profit from: places less than 16 apart in succession.
TEST(Bijection, RarelyPutsNeighboursInSuccession) {
  const std::uint64_t n = 1 << 18;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Bijection shuffle(n, seed);
    int near = 0;
    for (std::uint64_t i = 1; i < n; ++i) {
      const auto step = static_cast<std::int64_t>(shuffle(i) - shuffle(i - 1));
      near += std::abs(step) < 16 ? 1 : 0;
    }
    EXPECT_LT(near, 120) << seed;  // 30 expected
  }
}

}  // namespace
}  // namespace faultlab::order
