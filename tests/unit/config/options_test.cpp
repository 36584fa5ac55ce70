// Plugin options: shorthand and long form, defaults, required ones.
#include "config/options.hpp"

#include <gtest/gtest.h>

#include "fake_catalogue.hpp"

namespace faultlab::config {
namespace {

ReadResult with_order(std::string_view order) { return read(replaced(plain_config(), "\"uniform\"", order)); }

TEST(Options, DefaultsAreFilledIn) {
  const ReadResult shorthand = with_order("\"zipf\"");
  ASSERT_EQ(listing(shorthand), "");
  EXPECT_EQ(shorthand.experiment.cells[0].trial.workload.order.options.number("theta"), 0.99);
  const ReadResult full = with_order(R"({"kind": "hotset", "hot": "1 MiB"})");
  ASSERT_EQ(listing(full), "");
  const Options& options = full.experiment.cells[0].trial.workload.order.options;
  EXPECT_EQ(options.bytes("hot"), Bytes(1 << 20));
  EXPECT_EQ(options.integer("share"), 90U);
  EXPECT_EQ(options.text("place"), "front");
}

TEST(Options, EveryTypeIsRead) {
  const ReadResult result =
      with_order(R"({"kind": "hotset", "hot": "10% of dataset", "share": 50, "place": "spread"})");
  ASSERT_EQ(listing(result), "");
  const Options& options = result.experiment.cells[0].trial.workload.order.options;
  EXPECT_EQ(options.bytes("hot"), Bytes(107372544));  // whole pages
  EXPECT_EQ(options.integer("share"), 50U);
  EXPECT_EQ(options.text("place"), "spread");
}

TEST(Options, RequiredOnesNeedTheLongForm) {
  const ReadResult result = with_order("\"hotset\"");
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].what, "order hotset needs its option hot");
  EXPECT_EQ(result.problems[0].remedy, R"(write {"kind": "hotset", "hot": "50% of dataset"})");
}

TEST(Options, NoneOnlyWhereItIsAllowed) {
  const ReadResult result = with_order(R"({"kind": "hotset", "hot": "none"})");
  EXPECT_EQ(listing(result), "6:70 workload.order.hot: \"none\" is not a size\n");
}

TEST(Options, WrongOnesAreShownEach) {
  const ReadResult result =
      with_order(R"({"kind": "hotset", "hot": "1 KiB", "share": 0, "place": "back", "cold": 1})");
  EXPECT_EQ(listing(result),
            "6:70 workload.order.hot: 1 KiB is out of range [size-range]\n"
            "6:88 workload.order.share: expected an integer from 1 to 100, got the number 0\n"
            "6:100 workload.order.place: unknown place \"back\"\n"
            "6:108 workload.order.cold: unknown key \"cold\" (in the order)\n");
}

TEST(Options, ResolvedInFull) {
  const ReadResult result = with_order(R"({"kind": "hotset", "hot": "1024 KiB"})");
  EXPECT_EQ(result.experiment.resolved["workload"]["order"].dump(),
            R"({"kind":"hotset","hot":"1 MiB","share":90,"place":"front"})");
}

}  // namespace
}  // namespace faultlab::config
