// What several processes did, added up.
#include "run/company.hpp"

#include <gtest/gtest.h>

namespace faultlab::run {
namespace {

TEST(ShiftTest, IsAsLongAsFromTheFirstBeginningToTheLastEnd) {
  const Tally early{.accesses = 3, .stores = 1, .begin_ns = 100, .end_ns = 250};
  const Tally late{.accesses = 4, .syncs = 2, .sync_ns = 9, .begin_ns = 150, .end_ns = 400};
  Shift shift = shift_of({early});
  shift.add(shift_from_json(to_json(shift_of({late}))));
  EXPECT_EQ(shift.length_ns(), 300U);
  EXPECT_EQ(shift.at_work_ns, 150U + 250U);
  EXPECT_EQ(shift.workers, 2U);
  EXPECT_EQ(shift.accesses, 7U);
  EXPECT_EQ(shift.stores, 1U);
  EXPECT_EQ(shift.syncs, 2U);
  EXPECT_EQ(shift.sync_ns, 9U);
}

TEST(ShiftTest, NobodyElseAddsNothing) {
  Shift shift = shift_of({Tally{.begin_ns = 5, .end_ns = 9}});
  shift.add(Shift{});
  EXPECT_EQ(shift.length_ns(), 4U);
  EXPECT_EQ(shift.workers, 1U);
}

TEST(AddReadings, AddsByMetricAndSourceAndKeepsAReason) {
  Readings sum = {{"minor_faults", "rusage", Value(std::int64_t{2})},
                  {"user_ns", "rusage", Value(std::int64_t{7})}};
  add_readings(sum, {{"minor_faults", "rusage", Value(std::int64_t{3})},
                     {"user_ns", "rusage", Missing{"gone"}},
                     {"minor_faults", "other", Value(std::int64_t{50})}});
  EXPECT_EQ(find(sum, "minor_faults", "rusage")->value.integer(), 5);
  EXPECT_EQ(find(sum, "user_ns", "rusage")->value.why(), "gone");
  EXPECT_EQ(sum.size(), 2U);
}

TEST(CompanyTest, OfOneProcessThereIsNobodyElse) {
  auto company = Company::muster({}, *host::Topology::load("pack:1 core:2 pu:1"));
  ASSERT_TRUE(company);
  EXPECT_TRUE(company->ready()->empty());
  EXPECT_EQ(company->closed()->workers, 0U);
  const auto findings = company->verify();
  ASSERT_TRUE(findings);
  EXPECT_FALSE(findings->wrong);
  EXPECT_TRUE(findings->work.empty());
}

}  // namespace
}  // namespace faultlab::run
