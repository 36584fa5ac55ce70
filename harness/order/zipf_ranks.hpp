// Zipf-distributed ranks by rejection-inversion: no table, one or two draws per rank.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/random.hpp"

namespace faultlab::order {

// Rank k of [1, n] with probability proportional to k^-theta, for theta > 0 (Hörmann, Derflinger,
// "Rejection-inversion to generate variates from monotone discrete distributions", ACM TOMACS 6(3),
// 1996). The density's integral is inverted at a uniform draw; the result, rounded to a rank, is kept
// unless it lies in the small part that the histogram does not cover.
class ZipfRanks {
 public:
  ZipfRanks(std::uint64_t n, double theta)
      : n_(static_cast<double>(n)),
        theta_(theta),
        rate_(1 - theta),
        inverse_rate_(is_harmonic() ? 0 : 1 / rate_),
        low_(integral(1.5) - 1),
        high_(integral(n_ + 0.5)),
        sure_(2 - inverse(integral(2.5) - density(2))) {}

  // In [0, n), the most frequent first.
  std::uint64_t draw(Random& random) const {
    for (;;) {
      const double u = high_ + random.unit() * (low_ - high_);
      const double x = inverse(u);
      const double k = std::clamp(std::floor(x + 0.5), 1.0, n_);
      if (k - x <= sure_ || u >= integral(k + 0.5) - density(k)) return static_cast<std::uint64_t>(k) - 1;
    }
  }

 private:
  // At theta = 1 the integral is a logarithm; this near to it, the general form loses its digits.
  bool is_harmonic() const { return std::abs(rate_) < 1e-8; }

  double density(double x) const { return std::exp(-theta_ * std::log(x)); }
  // The integral of the density from 1 to x.
  double integral(double x) const {
    const double log_x = std::log(x);
    return is_harmonic() ? log_x : std::expm1(rate_ * log_x) * inverse_rate_;
  }
  double inverse(double u) const {
    if (is_harmonic()) return std::exp(u);
    // Rounding may carry the argument to -1 at the far end, where the logarithm would be infinite.
    return std::exp(std::log1p(std::max(rate_ * u, -1 + 1e-16)) * inverse_rate_);
  }

  double n_;
  double theta_;
  double rate_;
  double inverse_rate_;
  double low_;
  double high_;
  double sure_;  // a rank no farther than this above x is always kept
};

}  // namespace faultlab::order
