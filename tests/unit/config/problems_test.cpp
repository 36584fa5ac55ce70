// The collector: order, repetition, cells, rules.
#include "config/problems.hpp"

#include <gtest/gtest.h>

#include <set>

namespace faultlab::config {
namespace {

TEST(Problems, SortedByPositionAndNeverTwice) {
  const Place root;
  const Place late{&root, "b", 0, false, 7, 1};
  const Place early{&root, "a", 0, false, 2, 9};
  Problems problems("f");
  problems.add(late, "second", "");
  problems.add(early, "first", "");
  problems.add(late, "second", "");
  const auto all = problems.sorted();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].what, "first");
  EXPECT_EQ(all[1].path, "b");
}

TEST(Problems, CombinationsNameTheirFirstCellAndCountTheOthers) {
  const Place root;
  Problems problems("f");
  problems.add(root, "by itself", "");
  for (const char* label : {"a", "b", "c"}) {
    const Cell cell = {{"x", label}};
    problems.set_cell(&cell);
    problems.add(root, "by itself", "");
    problems.add(Rule::warm_fits, root, "together", "");
    problems.add(root, "unknown option", "");
    problems.set_cell(nullptr);
  }
  const auto all = problems.sorted();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].what, "by itself");
  EXPECT_EQ(all[1].what, "together; in cell x = \"a\" and 2 more [warm-fits]");
  EXPECT_EQ(all[2].what, "unknown option; in cell x = \"a\" and 2 more [options-together]");
}

TEST(Problems, StopAtALimit) {
  Problems problems("f");
  for (unsigned i = 1; i < 1000; ++i) problems.add(Place{nullptr, "", 0, false, i, 1}, "x", "");
  EXPECT_TRUE(problems.full());
  ASSERT_EQ(problems.sorted().size(), 256U);
  EXPECT_EQ(problems.sorted().back().remedy, " (only 256 problems are listed: there are more)");
}

TEST(Problems, RulesHaveDistinctIdsAndSentences) {
  std::set<std::string_view> ids;
  for (const ReaderOnlyRule& rule : reader_only_rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_TRUE(rule.sentence.ends_with('.')) << rule.id;
  }
}

}  // namespace
}  // namespace faultlab::config
