// What every order must keep, whichever it is.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "catalogue/tables.hpp"
#include "defaults.hpp"

namespace faultlab {
namespace {

constexpr Bytes kBlock{3 * 4096};

class EveryOrder : public ::testing::TestWithParam<const OrderSpec*> {
 protected:
  const OrderSpec& spec() const { return *GetParam(); }

  std::unique_ptr<Order> make(std::uint64_t blocks, std::uint64_t seed, unsigned worker = 0,
                              unsigned workers = 1) const {
    const OrderSetup setup{
        .blocks = blocks, .block = kBlock, .seed = seed, .worker = worker, .workers = workers};
    return spec().make(setup, contract::default_options(spec().row));
  }

  // The next `count` blocks, drawn in batches of an odd size, so that passes end within a batch.
  static std::vector<std::uint64_t> take(Order& order, std::uint64_t count) {
    std::vector<std::uint64_t> offsets(count);
    for (std::size_t at = 0; at < offsets.size();) {
      const std::size_t part = std::min<std::size_t>(7, offsets.size() - at);
      order.fill(std::span(offsets).subspan(at, part));
      at += part;
    }
    return offsets;
  }
};

TEST_P(EveryOrder, SaysWhatItIs) {
  EXPECT_FALSE(spec().row.name.empty());
  EXPECT_GT(spec().row.summary.size(), 10U);
  for (const OptionSpec& option : spec().row.options) {
    EXPECT_FALSE(option.meaning.empty()) << option.name;
    EXPECT_FALSE(option.fallback.empty()) << option.name << " has no default";
  }
  EXPECT_EQ(find(order_table(), spec().row.name), &spec());
}

TEST_P(EveryOrder, StaysInTheDatasetOnBlockBoundaries) {
  for (const std::uint64_t blocks : {1, 2, 3, 64, 65, 1000}) {
    auto order = make(blocks, 5);
    for (const std::uint64_t offset : take(*order, 4 * blocks + 100)) {
      ASSERT_EQ(offset % kBlock.value, 0U) << blocks << " blocks";
      ASSERT_LT(offset, blocks * kBlock.value) << blocks << " blocks";
    }
  }
}

TEST_P(EveryOrder, ReachesTheEndOfADatasetOfManyTerabytes) {
  const std::uint64_t blocks = (1ULL << 32) + 12345;
  auto order = make(blocks, 5);
  for (const std::uint64_t offset : take(*order, 1000)) {
    ASSERT_EQ(offset % kBlock.value, 0U);
    ASSERT_LT(offset, blocks * kBlock.value);
  }
}

TEST_P(EveryOrder, IsAFunctionOfTheSeed) {
  EXPECT_EQ(take(*make(1000, 5), 3000), take(*make(1000, 5), 3000));
}

TEST_P(EveryOrder, DoesNotDependOnTheBatchSize) {
  std::vector<std::uint64_t> whole(3000);
  make(1000, 5)->fill(whole);
  EXPECT_EQ(take(*make(1000, 5), 3000), whole);
}

TEST_P(EveryOrder, GivesWorkersDifferentStreams) {
  EXPECT_NE(take(*make(1000, 5, 0, 2), 500), take(*make(1000, 5, 1, 2), 500));
}

TEST_P(EveryOrder, CoversEveryBlockOncePerPassIfItSaysSo) {
  if (!spec().covers) GTEST_SKIP() << "draws blocks independently";
  for (const unsigned workers : {1U, 2U, 3U}) {
    for (const std::uint64_t blocks : {3, 4, 7, 64, 65, 127, 1000}) {
      std::vector<std::unique_ptr<Order>> orders;
      for (unsigned w = 0; w < workers; ++w) orders.push_back(make(blocks, 9, w, workers));
      for (int pass = 0; pass < 3; ++pass) {
        std::vector<int> visits(blocks, 0);
        for (unsigned w = 0; w < workers; ++w) {
          const std::uint64_t share = (w + 1) * blocks / workers - w * blocks / workers;
          for (const std::uint64_t offset : take(*orders[w], share)) ++visits.at(offset / kBlock.value);
        }
        ASSERT_EQ(std::count(visits.begin(), visits.end(), 1), static_cast<std::ptrdiff_t>(blocks))
            << workers << " workers, " << blocks << " blocks, pass " << pass;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryOrder,
                         ::testing::ValuesIn(order_table().begin(), order_table().end()),
                         [](const auto& chosen) { return std::string(chosen.param->row.name); });

}  // namespace
}  // namespace faultlab
