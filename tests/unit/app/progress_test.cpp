// The progress line and the time left.
#include "app/progress.hpp"

#include <gtest/gtest.h>

#include "app/time_left.hpp"

namespace faultlab::app {
namespace {

TEST(Duration, IsInTheUnitsThatMatter) {
  EXPECT_EQ(duration_text(-1), "0 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(59.6), "1 min 00 s");
  EXPECT_EQ(duration_text(3725), "1 h 02 min");
}

TEST(ProgressLine, LeavesOutWhatDoesNotFit) {
  EXPECT_EQ(progress_line(80, 3, 6, 61, "cell"), "[############............] 3/6  1 min 01 s left  cell");
  EXPECT_EQ(progress_line(44, 3, 6, 61, "a cell"), "[#######.......] 3/6  1 min 01 s left  a cel");
  EXPECT_EQ(progress_line(32, 3, 6, 61, "a cell"), "[####.....] 3/6  1 min 01 s left");
  EXPECT_EQ(progress_line(25, 3, 6, 61, "a cell"), "3/6  1 min 01 s left");
  EXPECT_EQ(progress_line(10, 3, 6, 61, "a cell"), "3/6");
  EXPECT_EQ(progress_line(2, 3, 6, 61, "a cell"), "3/");
  EXPECT_EQ(progress_line(0, 3, 6, 61, "a cell"), "");
}

TEST(ProgressLine, CutsBetweenCharacters) {
  const std::string line =
      progress_line(42, 3, 6, 61, "\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6");
  EXPECT_TRUE(line.ends_with("\xB6")) << line;
}

TEST(ProgressLine, SaysNothingOfTheTimeLeftAtTheEnd) {
  EXPECT_EQ(progress_line(80, 6, 6, 0, ""), "[########################] 6/6");
}

TEST(TimeLeft, IsThePlansBeforeAnythingWasMeasured) {
  const TimeLeft left({{0, 2.0}, {1, 3.0}, {0, 2.0}}, 0);
  EXPECT_DOUBLE_EQ(left.seconds(), 7);
  EXPECT_DOUBLE_EQ(TimeLeft({{0, 2.0}, {1, 3.0}, {0, 2.0}}, 2).seconds(), 2);
  EXPECT_DOUBLE_EQ(TimeLeft({}, 0).seconds(), 0);
}

TEST(TimeLeft, OfACellThatHasBeenMeasuredIsWhatItTook) {
  TimeLeft left({{0, 1.0}, {1, 1.0}, {0, 1.0}, {1, 1.0}}, 0);
  left.ended(0, 30);
  left.ended(1, 2);
  EXPECT_DOUBLE_EQ(left.seconds(), 32);
  left.ended(2, 10);
  EXPECT_DOUBLE_EQ(left.seconds(), 2);
  left.ended(3, 2);
  EXPECT_DOUBLE_EQ(left.seconds(), 0);
}

TEST(TimeLeft, OfACellThatHasNotIsScaledByHowFarOffThePlanWas) {
  TimeLeft left({{0, 1.0}, {1, 1.0}, {2, 1.0}, {3, 1.0}}, 0);
  left.ended(0, 4);
  left.ended(1, 4);
  // Eight seconds for two, and two trials as expected: (8 + 2) / (2 + 2).
  EXPECT_DOUBLE_EQ(left.seconds(), 5);
}

}  // namespace
}  // namespace faultlab::app
