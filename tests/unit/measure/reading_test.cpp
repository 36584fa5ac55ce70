// Missing is a value: it survives arithmetic and never becomes a number.
#include "measure/reading.hpp"

#include <gtest/gtest.h>

#include "measure/metrics.hpp"

namespace faultlab {
namespace {

TEST(Value, ArithmeticOnCountsStaysExact) {
  const Value big = Value::count((std::uint64_t{1} << 62) - 1);
  EXPECT_EQ((big - Value(std::int64_t{1})).integer(), (std::int64_t{1} << 62) - 2);
  EXPECT_TRUE((big + Value(std::int64_t{0})).integral());
}

TEST(Value, MissingIsContagiousWithItsFirstReason) {
  const Value missing = Missing{"no PMU"};
  EXPECT_EQ((missing + Value(1.0)).why(), "no PMU");
  EXPECT_EQ((Value(1.0) * missing).why(), "no PMU");
  EXPECT_EQ((missing / Missing{"other"}).why(), "no PMU");
}

TEST(Value, DivisionByZeroIsMissing) {
  const Value quotient = Value(std::int64_t{5}) / Value(std::int64_t{0});
  ASSERT_FALSE(quotient.present());
  EXPECT_EQ(quotient.why(), "divided by zero");
}

TEST(Value, AQuotientOfCountsIsNotTruncated) {
  EXPECT_DOUBLE_EQ((Value(std::int64_t{1}) / Value(std::int64_t{4})).number(), 0.25);
}

TEST(Metrics, NamesAreUniqueAndFullyDescribed) {
  for (const Metric& metric : metrics()) {
    EXPECT_EQ(find_metric(metric.name), &metric) << metric.name;
    EXPECT_FALSE(metric.unit.empty()) << metric.name;
    EXPECT_FALSE(metric.meaning.empty()) << metric.name;
    EXPECT_FALSE(metric.sources.empty()) << metric.name;
  }
  EXPECT_EQ(find_metric("no_such_metric"), nullptr);
}

}  // namespace
}  // namespace faultlab
