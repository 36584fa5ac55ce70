// The Zipf sampler against the distribution's definition.
#include "order/zipf_ranks.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace faultlab::order {
namespace {

std::vector<double> probabilities(std::uint64_t n, double theta) {
  std::vector<double> p(n);
  double sum = 0;
  for (std::uint64_t k = 0; k < n; ++k) sum += p[k] = std::pow(static_cast<double>(k + 1), -theta);
  for (double& each : p) each /= sum;
  return p;
}

// Pearson's statistic over cells of at least `least` expected draws, less its degrees of freedom, in
// units of its standard deviation.
double misfit(const std::vector<double>& expected, const std::vector<double>& drawn, double least) {
  double chi_square = 0;
  int cells = 0;
  double e = 0;
  double d = 0;
  for (std::size_t k = 0; k < expected.size(); ++k) {
    e += expected[k];
    d += drawn[k];
    if (e < least) continue;
    chi_square += (d - e) * (d - e) / e;
    ++cells;
    e = d = 0;
  }
  if (cells < 2) return 0;
  return (chi_square - (cells - 1)) / std::sqrt(2.0 * (cells - 1));
}

TEST(ZipfRanks, FollowTheDefinition) {
  constexpr double kDraws = 400'000;
  for (const double theta : {0.01, 0.2, 0.5, 0.9, 0.99, 1.0, 1.000001, 1.2, 2.0, 5.0}) {
    for (const std::uint64_t n : {1ULL, 2ULL, 3ULL, 10ULL, 1000ULL, 30'000ULL}) {
      const ZipfRanks ranks(n, theta);
      Random random(derive_seed(1, "zipf test", n));
      std::vector<double> drawn(n, 0);
      for (int i = 0; i < static_cast<int>(kDraws); ++i) ++drawn.at(ranks.draw(random));
      std::vector<double> expected = probabilities(n, theta);
      for (double& each : expected) each *= kDraws;
      EXPECT_LT(misfit(expected, drawn, 20), 5) << "theta " << theta << ", " << n << " ranks";
    }
  }
}

TEST(ZipfRanks, StayInRangeForHugeDatasets) {
  for (const double theta : {0.01, 0.99, 1.0, 5.0}) {
    const std::uint64_t n = 1ULL << 40;
    const ZipfRanks ranks(n, theta);
    Random random(3);
    for (int i = 0; i < 100'000; ++i) ASSERT_LT(ranks.draw(random), n);
  }
}

}  // namespace
}  // namespace faultlab::order
