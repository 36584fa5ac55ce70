// Mounts and memberships.
#include "host/mounts.hpp"

#include <gtest/gtest.h>

#include "captured.hpp"
#include "host/facts.hpp"
#include "host/place.hpp"

namespace faultlab::host {
namespace {

TEST(Mounts, ReadsFieldsAfterAnyNumberOfOptionalOnes) {
  const auto all = parse_mountinfo(
      "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n"
      "half a line\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].device, "98:0");
  EXPECT_EQ(all[0].root, "/mnt1");
  EXPECT_EQ(all[0].point, "/mnt 2");
  EXPECT_EQ(all[0].type, "ext3");
  EXPECT_EQ(all[0].source, "/dev/root");
  EXPECT_FALSE(all[0].read_only());
}

TEST(Mounts, TakesTheDeepestAndLatest) {
  const auto all = parse_mountinfo(
      "1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /x rw - ext4 b rw\n3 1 8:3 / /x rw - ext4 c rw\n");
  EXPECT_EQ(mount_of(all, "/x/y")->source, "c");
  EXPECT_EQ(mount_of(all, "/x/y", "8:2")->source, "b");
  EXPECT_EQ(mount_of(all, "/xy")->source, "a");
}

TEST(Mounts, ReadsMembershipsWithColonsInPaths) {
  const auto all = parse_memberships("4:cpu,cpuacct:/a:b\n0::/c\n1:name=systemd:/\n");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].controllers.size(), 2U);
  EXPECT_EQ(all[0].path, "/a:b");
  EXPECT_FALSE(all[0].is_v2);
  EXPECT_TRUE(all[1].is_v2);
  EXPECT_FALSE(all[2].is_v2);
}

TEST(Mounts, PlacesACgroupBelowAPartialMount) {
  Mount mount;
  mount.point = "/sys/fs/cgroup/memory";
  mount.root = "/docker/1";
  EXPECT_EQ(place_below(mount, "/docker/1"), "/sys/fs/cgroup/memory");
  EXPECT_EQ(place_below(mount, "/docker/1/x"), "/sys/fs/cgroup/memory/x");
  EXPECT_FALSE(place_below(mount, "/docker/12"));
  mount.root = "/";
  EXPECT_EQ(place_below(mount, "/"), "/sys/fs/cgroup/memory");
  mount.root = "/..";
  EXPECT_FALSE(place_below(mount, "/"));
}

TEST(DeviceOf, FindsThePartitionAndItsDisk) {
  const CapturedTree tree("v1");
  const auto device = device_of("/data disk/set", tree.root());
  ASSERT_TRUE(device) << device.error().what;
  EXPECT_EQ(device->name, "sda1");
  EXPECT_EQ(device->disk, "sda");
}

TEST(DeviceOf, FollowsTheSourceOfBtrfs) {
  const CapturedTree tree("v2");
  const auto device = device_of("/home", tree.root());
  ASSERT_TRUE(device) << device.error().what;
  EXPECT_EQ(device->name, "nvme0n1p2");
  EXPECT_EQ(device->disk, "nvme0n1");
}

TEST(DeviceOf, SaysWhyThereIsNone) {
  const CapturedTree tree("v1");
  const auto device = device_of("/tmp/x", tree.root());
  ASSERT_FALSE(device);
  EXPECT_NE(device.error().what.find("tmpfs"), std::string::npos);
  EXPECT_FALSE(device.error().remedy.empty());
  EXPECT_FALSE(device_of("/etc", CapturedTree("container").root()));
}

TEST(Place, StopsAtTheNearestFolderThatExists) {
  const TemporaryFolder folder;
  EXPECT_EQ(nearest_existing(folder.path() + "/not/yet"), std::filesystem::canonical(folder.path()).string());
}

}  // namespace
}  // namespace faultlab::host
