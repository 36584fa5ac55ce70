// What every medium must keep, whichever it is: files can be made on it while it lives, and it leaves
// nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "catalogue/tables.hpp"
#include "contract/defaults.hpp"
#include "host/doctor.hpp"
#include "host/journal.hpp"
#include "host/mount.hpp"
#include "host/mounts.hpp"
#include "os/file.hpp"
#include "support/temporary_folder.hpp"

namespace faultlab {
namespace {

constexpr Bytes kMediumSize{std::uint64_t{320} << 20};  // the least that XFS can do with, and a little

std::vector<std::string> mount_points() {
  std::vector<std::string> points;
  const auto all = host::mounts("");
  EXPECT_TRUE(all) << all.error().what;
  for (const auto& mount : *all) points.push_back(mount.point);
  return points;
}

class EveryMediumInPlace : public ::testing::TestWithParam<const MediumSpec*> {
 protected:
  const MediumSpec& spec() const { return *GetParam(); }
  std::string lack() const {
    for (const Need need : spec().row.needs) {
      if (const auto lack = host::lacks(need)) return lack->why;
    }
    return {};
  }
  std::string real_folder() const { return std::filesystem::canonical(folder_.path()).string(); }
  testing::TemporaryFolder folder_;
};

TEST_P(EveryMediumInPlace, HoldsFilesWhileItLivesAndLeavesNothing) {
  if (const auto why = lack(); !why.empty()) GTEST_SKIP() << why;
  const auto before = mount_points();
  const auto journal = host::Journal::open(folder_.path() + "/state");
  ASSERT_TRUE(journal) << journal.error().what;
  {
    const auto medium = spec().make({real_folder(), "medium-test", *journal},
                                    contract::default_options(spec().row, kMediumSize));
    ASSERT_TRUE(medium) << medium.error().what << " (" << medium.error().remedy << ")";
    const std::string file = (*medium)->folder() + "/file";
    EXPECT_TRUE(os::replace_file(file, "text"));
    EXPECT_EQ(os::read_text(file).value_or(""), "text");
    EXPECT_EQ(mount_points().size(), before.size() + (spec().store == Store::host ? 0 : 1));
    EXPECT_TRUE(os::remove_file(file));
  }
  EXPECT_EQ(mount_points(), before);
  EXPECT_EQ(os::folder_entries(folder_.path()), std::vector<std::string>{"state"});
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryMediumInPlace,
                         ::testing::ValuesIn(medium_table().begin(), medium_table().end()),
                         [](const auto& chosen) { return std::string(chosen.param->row.name); });

// A journal entry names a point and a source: a mount of somebody else's on the same point stays.
TEST(RemoveMount, LeavesWhatIsNotOurs) {
  if (host::lacks(Need::mounts)) GTEST_SKIP() << "an ordinary user may not mount file systems";
  const testing::TemporaryFolder folder;
  const std::string point = std::filesystem::canonical(folder.path()).string() + "/point";
  ASSERT_TRUE(os::make_folders(point));
  EXPECT_TRUE(host::remove_mount(point, "ours")) << "nothing is mounted there";
  ASSERT_TRUE(os::mount_at(point, {"theirs", "tmpfs", "size=1m"}));
  const auto refused = host::remove_mount(point, "ours");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("theirs"), std::string::npos) << refused.error().what;
  EXPECT_TRUE(host::remove_mount(point, "theirs"));
  EXPECT_TRUE(os::remove_folder(point));
}

}  // namespace
}  // namespace faultlab
