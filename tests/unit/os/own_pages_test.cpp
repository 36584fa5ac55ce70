// The lines of /proc/self/maps, and that bringing in one's pages leaves nothing to fault on.
#include "os/own_pages.hpp"

#include <gtest/gtest.h>

namespace faultlab::os {
namespace {

TEST(Areas, LinesOfMaps) {
  const auto areas = parse_areas(
      "55d0c0a00000-55d0c0a02000 r-xp 00001000 fe:01 1234   /usr/bin/a name\n"
      "7f0000000000-7f0000001000 rw-s 00000000 00:01 7      /memfd:x (deleted)\n"
      "7f0000002000-7f0000003000 ---p 00000000 00:00 0 \n"
      "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0      [stack]\n");
  ASSERT_EQ(areas.size(), 4U);
  EXPECT_EQ(areas[0].begin, 0x55d0c0a00000U);
  EXPECT_EQ(areas[0].end, 0x55d0c0a02000U);
  EXPECT_EQ(areas[0].name, "/usr/bin/a name");
  EXPECT_TRUE(areas[0].readable);
  EXPECT_FALSE(areas[0].writable);
  EXPECT_TRUE(areas[1].shared);
  EXPECT_FALSE(areas[2].readable);
  EXPECT_EQ(areas[2].name, "");
  EXPECT_EQ(areas[3].name, "[stack]");
}

TEST(OwnPages, CanBeBroughtIn) {
  const auto own = OwnPages::now();
  ASSERT_TRUE(own) << own.error().what;
  EXPECT_TRUE(own->bring_in());
}

}  // namespace
}  // namespace faultlab::os
