// What every place to swap to must keep, whichever it is: it is in use while it lives, and leaves nothing.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "catalogue/tables.hpp"
#include "contract/defaults.hpp"
#include "host/doctor.hpp"
#include "host/journal.hpp"
#include "host/swap_area.hpp"
#include "os/file.hpp"
#include "support/temporary_folder.hpp"

namespace faultlab {
namespace {

constexpr Bytes kSwapSize{std::uint64_t{4} << 20};

class EverySwap : public ::testing::TestWithParam<const SwapSpec*> {
 protected:
  const SwapSpec& spec() const { return *GetParam(); }
  // Its requirements, as `faultlab list swaps` shows them.
  std::string lack() const {
    for (const Need need : spec().row.needs) {
      if (const auto lack = host::lacks(need)) return lack->why;
    }
    return {};
  }
  static std::vector<std::string> areas() {
    std::vector<std::string> paths;
    const auto now = host::swap_areas();
    EXPECT_TRUE(now) << now.error().what;
    for (const auto& area : *now) paths.push_back(area.path);
    return paths;
  }
  testing::TemporaryFolder folder_;
};

TEST_P(EverySwap, SaysWhatItIs) {
  EXPECT_FALSE(spec().row.name.empty());
  EXPECT_GT(spec().row.summary.size(), 10U);
  EXPECT_EQ(find(swap_table(), spec().row.name), &spec());
  // By this the rest of the program knows that there is an area.
  EXPECT_EQ(spec().row.options.empty(), spec().row.name == "none");
}

TEST_P(EverySwap, IsInUseWhileItLivesAndLeavesNothing) {
  if (const auto why = lack(); !why.empty()) GTEST_SKIP() << why;
  const auto before = areas();
  if (!before.empty()) GTEST_SKIP() << "this host swaps already";
  const auto journal = host::Journal::open(folder_.path() + "/state");
  ASSERT_TRUE(journal) << journal.error().what;
  {
    const auto place =
        spec().enable({folder_.path(), *journal}, contract::default_options(spec().row, kSwapSize));
    ASSERT_TRUE(place) << place.error().what << " (" << place.error().remedy << ")";
    if (*place == nullptr) {
      EXPECT_EQ(areas(), before);
      return;
    }
    EXPECT_EQ((*place)->size(), kSwapSize);
    EXPECT_EQ(areas(), std::vector<std::string>{(*place)->path()});
    const auto now = host::swap_areas();
    EXPECT_EQ(now->front().priority, (*place)->priority());
  }
  EXPECT_EQ(areas(), before);
  EXPECT_EQ(os::folder_entries(folder_.path()), std::vector<std::string>{"state"});
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EverySwap, ::testing::ValuesIn(swap_table().begin(), swap_table().end()),
                         [](const auto& chosen) { return std::string(chosen.param->row.name); });

}  // namespace
}  // namespace faultlab
