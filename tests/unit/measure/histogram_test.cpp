// Histograms against sorted values: percentiles within one part in 64, everything else exact.
#include "measure/histogram.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "measure/hgrm.hpp"

namespace faultlab {
namespace {

// Spread over many powers of two, as latencies are.
std::vector<std::uint64_t> values_of(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<std::uint64_t> values(count);
  for (auto& value : values) value = random.next() >> (20 + random.below(44));
  return values;
}

Histogram histogram_of(const std::vector<std::uint64_t>& values) {
  Histogram histogram;
  for (const std::uint64_t value : values) histogram.record(value);
  return histogram;
}

TEST(Histogram, EveryValueIsKnownToOnePartIn64) {
  for (const std::uint64_t value : values_of(1, 100'000)) {
    const unsigned bucket = Histogram::bucket_of(value);
    ASSERT_LE(Histogram::lower_end(bucket), value);
    ASSERT_GE(Histogram::upper_end(bucket), value);
    ASSERT_LE(Histogram::upper_end(bucket) - Histogram::lower_end(bucket), Histogram::lower_end(bucket) / 64);
  }
}

TEST(Histogram, BucketsFollowEachOtherWithoutGap) {
  for (unsigned bucket = 1; bucket < Histogram::kBuckets; ++bucket) {
    ASSERT_EQ(Histogram::lower_end(bucket), Histogram::upper_end(bucket - 1) + 1);
    ASSERT_EQ(Histogram::bucket_of(Histogram::lower_end(bucket)), bucket);
    ASSERT_EQ(Histogram::bucket_of(Histogram::upper_end(bucket)), bucket);
  }
  EXPECT_EQ(Histogram::bucket_of(~std::uint64_t{0}), Histogram::kBuckets - 1);
}

TEST(Histogram, AgreesWithTheSortedValues) {
  auto values = values_of(2, 12'345);
  const Histogram histogram = histogram_of(values);
  std::sort(values.begin(), values.end());
  std::uint64_t total = 0;
  for (const std::uint64_t value : values) total += value;
  EXPECT_EQ(histogram.count(), values.size());
  EXPECT_EQ(histogram.total(), total);
  EXPECT_EQ(histogram.least(), values.front());
  EXPECT_EQ(histogram.most(), values.back());
  for (const double share : {0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double wanted = std::max(1.0, std::ceil(share * static_cast<double>(values.size())));
    const std::uint64_t exact = values[static_cast<std::size_t>(wanted) - 1];
    EXPECT_GE(histogram.percentile(share), exact) << share;
    EXPECT_LE(histogram.percentile(share), exact + exact / 64) << share;
  }
}

TEST(Histogram, MergingIsRecordingAll) {
  auto some = values_of(3, 1000);
  const auto others = values_of(4, 2000);
  Histogram merged = histogram_of(some);
  merged.merge(histogram_of(others));
  merged.merge(Histogram());
  some.insert(some.end(), others.begin(), others.end());
  const Histogram all = histogram_of(some);
  for (unsigned i = 0; i < Histogram::kBuckets; ++i) ASSERT_EQ(merged.in_bucket(i), all.in_bucket(i));
  EXPECT_EQ(hgrm_text(merged), hgrm_text(all));
}

TEST(Histogram, ResetForgetsEverything) {
  Histogram histogram = histogram_of(values_of(5, 100));
  histogram.reset();
  EXPECT_EQ(histogram.count(), 0U);
  histogram.record(50);
  EXPECT_EQ(histogram.least(), 50U);
  EXPECT_EQ(histogram.most(), 50U);
}

// The lines that HdrHistogram's own outputPercentileDistribution gives for these values.
TEST(Hgrm, HasHdrHistogramsLines) {
  EXPECT_EQ(hgrm_text(histogram_of({25, 50, 75})),
            "       Value     Percentile TotalCount 1/(1-Percentile)\n"
            "\n"
            "      25.000 0.000000000000          1           1.00\n"
            "      25.000 0.100000000000          1           1.11\n"
            "      25.000 0.200000000000          1           1.25\n"
            "      25.000 0.300000000000          1           1.43\n"
            "      50.000 0.400000000000          2           1.67\n"
            "      50.000 0.500000000000          2           2.00\n"
            "      50.000 0.550000000000          2           2.22\n"
            "      50.000 0.600000000000          2           2.50\n"
            "      50.000 0.650000000000          2           2.86\n"
            "      75.000 0.700000000000          3           3.33\n"
            "      75.000 1.000000000000          3\n"
            "#[Mean    =       50.000, StdDeviation   =       20.412]\n"
            "#[Max     =       75.000, Total count    =            3]\n"
            "#[Buckets =           44, SubBuckets     =          128]\n");
}

TEST(Hgrm, OneValueHasTwoLines) {
  const std::string text = hgrm_text(histogram_of({1000}));
  EXPECT_NE(text.find("    1000.000 0.000000000000          1           1.00\n"
                      "    1000.000 1.000000000000          1\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace faultlab
