// A log-linear histogram in the manner of HdrHistogram: every value is known to within one part in 64,
// whatever its size, in fixed memory.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace faultlab {

class Histogram {
 public:
  // Values below 2^7 have a bucket each; every further power of two is cut into 64 buckets.
  static constexpr unsigned kSubBucketBits = 6;
  // 2^50 ns are 13 days, longer than a trial may take. Larger values land in the last bucket.
  static constexpr unsigned kValueBits = 50;
  static constexpr unsigned kBuckets = (kValueBits - kSubBucketBits + 1) << kSubBucketBits;

  // All of its memory is written here, so that recording never faults.
  Histogram() : buckets_(kBuckets, 0) {}

  void record(std::uint64_t value) noexcept { record(value, 1); }
  void record(std::uint64_t value, std::uint64_t times) noexcept {
    buckets_[bucket_of(value)] += times;
    count_ += times;
    total_ += value * times;
    least_ = std::min(least_, value);
    most_ = std::max(most_, value);
  }
  // value(each) of all of them; the exact numbers stay in registers meanwhile.
  template <class Value>
  void record_all(std::span<const std::uint64_t> all, Value value) noexcept {
    std::uint64_t total = 0, least = least_, most = most_;
    for (const std::uint64_t each : all) {
      const std::uint64_t one = value(each);
      ++buckets_[bucket_of(one)];
      total += one;
      least = std::min(least, one);
      most = std::max(most, one);
    }
    count_ += all.size();
    total_ += total;
    least_ = least;
    most_ = most;
  }
  void reset() noexcept;
  void merge(const Histogram& other) noexcept;
  // Puts back what was read elsewhere: a bucket's count, and the four exact numbers.
  void restore_bucket(unsigned bucket, std::uint64_t count) { buckets_[bucket] += count; }
  void restore_exact(std::uint64_t count, std::uint64_t total, std::uint64_t least, std::uint64_t most);

  // Exact.
  std::uint64_t count() const { return count_; }
  std::uint64_t total() const { return total_; }
  // Precondition of all that follow: count() > 0.
  std::uint64_t least() const { return least_; }
  std::uint64_t most() const { return most_; }
  double mean() const { return static_cast<double>(total_) / static_cast<double>(count_); }
  // From the middles of the buckets.
  double deviation() const;
  // The smallest value that at least this share of the values does not exceed; the upper end of its
  // bucket, but never more than the largest value.
  std::uint64_t percentile(double share) const;

  std::uint64_t in_bucket(unsigned bucket) const { return buckets_[bucket]; }

  static constexpr unsigned bucket_of(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value | kOneWide));
    const unsigned shift = width - (kSubBucketBits + 1);
    return std::min(static_cast<unsigned>((shift << kSubBucketBits) + (value >> shift)), kBuckets - 1);
  }
  // Both ends belong to the bucket.
  static constexpr std::uint64_t lower_end(unsigned bucket) {
    if (bucket <= kOneWide) return bucket;
    const unsigned shift = (bucket >> kSubBucketBits) - 1;
    return std::uint64_t{bucket - (shift << kSubBucketBits)} << shift;
  }
  static constexpr std::uint64_t upper_end(unsigned bucket) { return lower_end(bucket + 1) - 1; }

 private:
  static constexpr std::uint64_t kOneWide = (1U << (kSubBucketBits + 1)) - 1;

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t least_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t most_ = 0;
};

}  // namespace faultlab
