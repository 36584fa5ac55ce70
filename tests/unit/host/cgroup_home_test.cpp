// Finding a place for trial cgroups, on captured trees.
#include <gtest/gtest.h>

#include "captured.hpp"
#include "host/cgroup.hpp"

namespace faultlab::host {
namespace {

constexpr auto kScope = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/run-u5.scope";

void expect_lack(const tl::expected<CgroupHome, Lack>& home, const std::string& word) {
  ASSERT_FALSE(home) << home->path;
  EXPECT_NE(home.error().why.find(word), std::string::npos) << home.error().why;
  EXPECT_FALSE(home.error().remedy.empty());
}

TEST(CgroupHome, V1IsOurCgroupOfTheMemoryHierarchy) {
  const CapturedTree tree("v1");
  const auto home = find_cgroup_home(tree.root());
  ASSERT_TRUE(home) << home.error().why;
  EXPECT_EQ(home->version, 1);
  EXPECT_EQ(home->path, tree.root() + "/sys/fs/cgroup/memory/user.slice/user-1000.slice");
}

TEST(CgroupHome, V2IsOurCgroupWhenWeAreAloneInIt) {
  const CapturedTree tree("v2");
  const auto home = find_cgroup_home(tree.root());
  ASSERT_TRUE(home) << home.error().why;
  EXPECT_EQ(home->version, 2);
  EXPECT_EQ(home->path, tree.root() + kScope);
}

TEST(CgroupHome, V2WithSiblingsNamesTheRuleAndTheWayOut) {
  const CapturedTree tree("v2-sibling");
  const auto home = find_cgroup_home(tree.root());
  expect_lack(home, "2 other processes");
  EXPECT_NE(home.error().remedy.find("systemd-run"), std::string::npos);
}

TEST(CgroupHome, TheWayOutFitsWhatCanBeSeenOfTheHierarchy) {
  const CapturedTree tree("v2-sibling");
  tree.remove("/run/systemd");
  const auto above = std::filesystem::path(tree.root() + kScope).parent_path().string();
  const auto at_the_top = find_cgroup_home(tree.root()).error().remedy;
  EXPECT_EQ(at_the_top.find("systemd-run"), std::string::npos);
  EXPECT_NE(at_the_top.find("/rest/cgroup.procs"), std::string::npos);
  write_whole(above + "/cgroup.procs", "");
  const auto beside = find_cgroup_home(tree.root()).error().remedy;
  EXPECT_NE(beside.find("`mkdir -p " + above + "/mine &&"), std::string::npos) << beside;
}

TEST(CgroupHome, V2SiblingsDoNotMatterWhereMemoryIsHandedOn) {
  const CapturedTree tree("v2-sibling");
  tree.write(std::string(kScope) + "/cgroup.subtree_control", "memory\n");
  EXPECT_TRUE(find_cgroup_home(tree.root()));
}

TEST(CgroupHome, V2RootIsExemptFromTheRule) {
  const CapturedTree tree("v2-sibling");
  tree.remove(std::string(kScope) + "/cgroup.type");
  EXPECT_TRUE(find_cgroup_home(tree.root()));
}

TEST(CgroupHome, V2WithoutMemoryFromTheParentSaysSo) {
  const CapturedTree tree("v2");
  tree.write(std::string(kScope) + "/cgroup.controllers", "cpu pids\n");
  expect_lack(find_cgroup_home(tree.root()), "handed down");
}

TEST(CgroupHome, HybridTakesTheV1MemoryHierarchy) {
  const CapturedTree tree("hybrid");
  const auto home = find_cgroup_home(tree.root());
  ASSERT_TRUE(home) << home.error().why;
  EXPECT_EQ(home->version, 1);
  EXPECT_EQ(home->path, tree.root() + "/sys/fs/cgroup/memory/batch/job7");
}

TEST(CgroupHome, HybridWithoutTheMemoryMountSaysSo) {
  const CapturedTree tree("hybrid");
  tree.replace("/proc/self/mountinfo", "cgroup cgroup rw,memory", "cgroup cgroup rw,pids");
  expect_lack(find_cgroup_home(tree.root()), "not mounted");
}

TEST(CgroupHome, ContainerMountShowsOurCgroupAtItsTop) {
  const CapturedTree tree("container");
  const auto home = find_cgroup_home(tree.root());
  ASSERT_TRUE(home) << home.error().why;
  EXPECT_EQ(home->path, tree.root() + "/sys/fs/cgroup/memory");
}

TEST(CgroupHome, ReadOnlyContainerMountSaysSo) {
  const CapturedTree tree("container");
  tree.replace("/proc/self/mountinfo", "/sys/fs/cgroup/memory rw", "/sys/fs/cgroup/memory ro");
  expect_lack(find_cgroup_home(tree.root()), "read-only");
}

TEST(CgroupHome, ForeignContainerMountSaysSo) {
  const CapturedTree tree("container");
  tree.replace("/proc/self/cgroup", "/docker/0123abcd", "/docker/ffff");
  expect_lack(find_cgroup_home(tree.root()), "outside");
}

TEST(CgroupHome, BareHostHasNoMemoryController) {
  const CapturedTree tree("bare");
  expect_lack(find_cgroup_home(tree.root()), "no memory controller");
}

TEST(CgroupHome, KernelWithoutCgroupsSaysSo) {
  const TemporaryFolder empty;
  expect_lack(find_cgroup_home(empty.path()), "no cgroups");
}

TEST(Delegation, OnlyOncePerCommandLineAndOnlyByABootedSystemd) {
  const CapturedTree v2("v2-sibling");
  ::setenv("XDG_RUNTIME_DIR", "/run/user/1000", 0);
  v2.write("/bin/systemd-run", "");
  std::filesystem::permissions(v2.root() + "/bin/systemd-run", std::filesystem::perms::owner_all);
  const std::string path = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
  ::setenv("PATH", (v2.root() + "/bin").c_str(), 1);
  const auto command = delegation_command(v2.root());
  ::setenv("FAULTLAB_DELEGATED", "1", 1);
  const auto again = delegation_command(v2.root());
  ::unsetenv("FAULTLAB_DELEGATED");
  const auto on_v1 = delegation_command(CapturedTree("v1").root());
  ::setenv("PATH", path.c_str(), 1);

  ASSERT_TRUE(command);
  EXPECT_EQ(command->front(), v2.root() + "/bin/systemd-run");
  EXPECT_EQ(command->back(), "Delegate=yes");
  EXPECT_FALSE(again);
  EXPECT_FALSE(on_v1);
}

}  // namespace
}  // namespace faultlab::host
