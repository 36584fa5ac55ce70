// Knobs on captured trees: their files, and what the guard leaves behind.
#include "host/knobs.hpp"

#include <gtest/gtest.h>

#include "captured.hpp"
#include "catalogue/knob_spec.hpp"

namespace faultlab::host {
namespace {

TEST(Knobs, EveryKnobOfTheCatalogueHasAFile) {
  const CapturedTree tree("v1");
  for (const auto& knob : knobs()) {
    const auto path = knob_path(std::string(knob.name), "/data disk", tree.root());
    EXPECT_TRUE(path) << path.error().what;
  }
}

TEST(Knobs, ReadAheadIsTheDisksNotThePartitions) {
  const CapturedTree tree("v1");
  EXPECT_EQ(*knob_path("read_ahead_kb", "/data disk", tree.root()),
            tree.root() + "/sys/block/sda/queue/read_ahead_kb");
}

TEST(Knobs, ReadAheadOfAFileSystemWithoutADisk) {
  const CapturedTree tree("v1");
  EXPECT_FALSE(knob_path("read_ahead_kb", "/tmp", tree.root()));
  tree.write("/sys/class/bdi/0:40/read_ahead_kb", "128\n");
  EXPECT_EQ(*knob_path("read_ahead_kb", "/tmp", tree.root()),
            tree.root() + "/sys/class/bdi/0:40/read_ahead_kb");
}

TEST(Knobs, AnAbsentOneSaysSo) {
  const CapturedTree tree("v2");
  const auto path = knob_path("thp", "/", tree.root());
  ASSERT_FALSE(path);
  EXPECT_FALSE(path.error().remedy.empty());
  EXPECT_FALSE(knob_path("no_such", "/", tree.root()));
}

TEST(Knobs, ALimitInBytesWouldBeLost) {
  const CapturedTree tree("v1");
  tree.write("/proc/sys/vm/dirty_ratio", "0\n");
  const testing::TemporaryFolder state;
  const auto journal = Journal::open(state.path());
  ASSERT_TRUE(journal);
  const auto guard = KnobGuard::set("dirty_ratio", "10", "/", *journal, tree.root());
  ASSERT_FALSE(guard);
  EXPECT_NE(guard.error().what.find("in bytes"), std::string::npos);
}

TEST(Knobs, TheGuardWritesTheOldValueBack) {
  const CapturedTree tree("v1");
  const TemporaryFolder state;
  auto journal = *Journal::open(state.path());
  const auto file = tree.root() + "/proc/sys/vm/swappiness";
  {
    auto guard = KnobGuard::set("swappiness", "10", "/", journal, tree.root());
    ASSERT_TRUE(guard) << guard.error().what;
    EXPECT_EQ(guard->old_value(), "60");
    EXPECT_EQ(read_whole(file).substr(0, 2), "10");
  }
  EXPECT_EQ(read_whole(file).substr(0, 2), "60");
  journal.reset();
  EXPECT_TRUE(std::filesystem::is_empty(state.path()));
}

TEST(Knobs, AValueThatDoesNotStickIsTakenBack) {
  const CapturedTree tree("v1");
  const TemporaryFolder state;
  auto journal = *Journal::open(state.path());
  // A plain file keeps the tail of "[always] madvise never", so that the bracketed word is read back.
  const auto guard = KnobGuard::set("thp", "n", "/", journal, tree.root());
  ASSERT_FALSE(guard);
  EXPECT_NE(guard.error().what.find("set knob thp to n"), std::string::npos);
  EXPECT_FALSE(guard.error().remedy.empty());
  EXPECT_EQ(read_whole(tree.root() + "/sys/kernel/mm/transparent_hugepage/enabled").substr(0, 6), "always");
  journal.reset();
  EXPECT_TRUE(std::filesystem::is_empty(state.path()));
}

}  // namespace
}  // namespace faultlab::host
