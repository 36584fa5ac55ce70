// The doctor on captured trees: verdicts, and a remedy wherever something is not ok.
#include "host/doctor.hpp"

#include <gtest/gtest.h>

#include <set>

#include "captured.hpp"

namespace faultlab::host {
namespace {

const Check& check(const std::vector<Check>& all, const std::string& name) {
  for (const auto& each : all) {
    if (each.name == name) return each;
  }
  static const Check none{"none", Verdict::missing, "", ""};
  ADD_FAILURE() << "no check " << name;
  return none;
}

class EveryTree : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryTree, HasARemedyWhereverSomethingIsNotOk) {
  const CapturedTree tree(GetParam());
  std::set<std::string> names;
  for (const auto& each : examine("/data", tree.root())) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name << " twice";
    EXPECT_FALSE(each.finding.empty()) << each.name;
    EXPECT_EQ(each.remedy.empty(), each.verdict == Verdict::ok) << each.name << ": " << each.remedy;
  }
}

// A fix is a line that a script can hold, for something that is not ok.
TEST_P(EveryTree, CanTypeItsFixes) {
  const CapturedTree tree(GetParam());
  for (const auto& each : examine("/data", tree.root())) {
    EXPECT_TRUE(each.verdict != Verdict::ok || each.fixes.empty()) << each.name;
    for (const auto& fix : each.fixes) {
      EXPECT_FALSE(fix.command.empty()) << each.name;
      EXPECT_EQ((fix.command + fix.beware).find('\n'), std::string::npos) << each.name;
    }
  }
}

// Every remedy that points into the set-up guide points at a heading that it has.
TEST_P(EveryTree, PointsAtHeadingsThatExist) {
  const auto guide = read_whole(std::string(FAULTLAB_SOURCE_DIR) + "/docs/setup.md");
  std::set<std::string> anchors;
  for (std::size_t at = guide.find("\n## "); at != std::string::npos; at = guide.find("\n## ", at + 1)) {
    std::string anchor;
    for (const char c : guide.substr(at + 4, guide.find('\n', at + 4) - at - 4)) {
      if (c == ' ' || c == '-') anchor += '-';
      if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
        anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      }
    }
    anchors.insert(anchor);
  }
  const CapturedTree tree(GetParam());
  for (const auto& each : examine("/data", tree.root())) {
    const std::string mark = "docs/setup.md#";
    const auto at = each.remedy.find(mark);
    if (each.verdict == Verdict::ok) continue;
    ASSERT_NE(at, std::string::npos) << each.name << ": " << each.remedy;
    const auto anchor = each.remedy.substr(at + mark.size(), each.remedy.find(')', at) - at - mark.size());
    EXPECT_TRUE(anchors.contains(anchor)) << anchor;
  }
}

INSTANTIATE_TEST_SUITE_P(Captured, EveryTree,
                         ::testing::Values("v1", "v2", "v2-sibling", "hybrid", "container", "bare"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           for (auto& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(Doctor, FindsWhatAV1HostHasAndLacks) {
  const CapturedTree tree("v1");
  const auto all = examine("/data disk", tree.root());
  EXPECT_EQ(check(all, "memory cgroup").verdict, Verdict::ok);
  EXPECT_EQ(check(all, "cgroup swap accounting").verdict, Verdict::missing);
  EXPECT_EQ(check(all, "swap areas").verdict, Verdict::limited);
  EXPECT_EQ(check(all, "cachestat").verdict, Verdict::missing);
  EXPECT_EQ(check(all, "pressure stall information").verdict, Verdict::missing);
  EXPECT_EQ(check(all, "transparent huge pages").verdict, Verdict::limited);
  EXPECT_EQ(check(all, "data folder").verdict, Verdict::ok);
  EXPECT_EQ(check(all, "read-ahead").verdict, Verdict::ok);
}

TEST(Doctor, KnowsFileSystemsThatHideTheDevice) {
  EXPECT_EQ(check(examine("/data", CapturedTree("container").root()), "data folder").verdict,
            Verdict::limited);
  EXPECT_EQ(check(examine("/tmp", CapturedTree("v1").root()), "data folder").verdict, Verdict::limited);
}

TEST(Needs, AreAnsweredWithReasons) {
  const CapturedTree v1("v1"), v2("v2"), hybrid("hybrid"), bare("bare");
  EXPECT_FALSE(lacks(Need::memory_cgroup, v1.root()));
  EXPECT_FALSE(lacks(Need::task_io, v1.root()));
  EXPECT_TRUE(lacks(Need::memory_cgroup_swap, v1.root()));
  EXPECT_FALSE(lacks(Need::memory_cgroup_swap, v2.root()));
  EXPECT_FALSE(lacks(Need::memory_cgroup_swap, hybrid.root()));
  EXPECT_TRUE(lacks(Need::memory_cgroup_swap, bare.root()));
  EXPECT_FALSE(lacks(Need::cachestat, v2.root()));
  EXPECT_FALSE(lacks(Need::psi, v2.root()));
  const auto lack = lacks(Need::memory_cgroup, bare.root());
  ASSERT_TRUE(lack);
  EXPECT_FALSE(lack->why.empty());
  EXPECT_FALSE(lack->remedy.empty());
}

}  // namespace
}  // namespace faultlab::host
