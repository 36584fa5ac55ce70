// Histograms: merging and reading.
#include "measure/histogram.hpp"

#include <cmath>

namespace faultlab {

void Histogram::reset() noexcept {
  std::fill(buckets_.begin(), buckets_.end(), 0);
  count_ = total_ = most_ = 0;
  least_ = std::numeric_limits<std::uint64_t>::max();
}

void Histogram::merge(const Histogram& other) noexcept {
  for (unsigned i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  total_ += other.total_;
  least_ = std::min(least_, other.least_);
  most_ = std::max(most_, other.most_);
}

void Histogram::restore_exact(std::uint64_t count, std::uint64_t total, std::uint64_t least,
                              std::uint64_t most) {
  count_ = count;
  total_ = total;
  least_ = least;
  most_ = most;
}

double Histogram::deviation() const {
  const double centre = mean();
  double squares = 0;
  for (unsigned i = 0; i < kBuckets; ++i) {
    const double middle = (static_cast<double>(lower_end(i)) + static_cast<double>(upper_end(i))) / 2;
    squares += static_cast<double>(buckets_[i]) * (middle - centre) * (middle - centre);
  }
  return std::sqrt(squares / static_cast<double>(count_));
}

std::uint64_t Histogram::percentile(double share) const {
  const double wanted = std::max(1.0, std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (unsigned i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (static_cast<double>(seen) >= wanted) return std::min(upper_end(i), most_);
  }
  return most_;
}

}  // namespace faultlab
