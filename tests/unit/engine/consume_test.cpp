// The inner loops against the dataset's generator, and the batch's bookkeeping.
#include "engine/consume.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <vector>

#include "dataset/content.hpp"

namespace faultlab::engine {
namespace {

struct Content {
  explicit Content(std::uint64_t pages) : words(pages * kWordsPerPage) {
    fill_content(9, 0, std::as_writable_bytes(std::span(words)));
  }
  const std::byte* data() const { return reinterpret_cast<const std::byte*>(words.data()); }
  std::vector<std::uint64_t> words;
};

TEST(Consume, AgreesWithTheGenerator) {
  for (const std::uint64_t pages : {1, 2, 5}) {
    const Content content(pages);
    const Bytes size(pages * kPage.value);
    EXPECT_EQ(consume<Consume::touch>(content.data(), size.value, nullptr),
              expected_checksum(9, 0, size, false));
    EXPECT_EQ(consume<Consume::sum>(content.data(), size.value, nullptr),
              expected_checksum(9, 0, size, true));
  }
}

TEST(Consume, CopyCopiesEveryByte) {
  const Content content(3);
  std::vector<std::uint64_t> copy(content.words.size());
  EXPECT_EQ(
      consume<Consume::copy>(content.data(), 3 * kPage.value, reinterpret_cast<std::byte*>(copy.data())),
      expected_checksum(9, 0, kPage * 3, false));
  EXPECT_EQ(copy, content.words);
}

constexpr std::array<std::uint64_t, 4> kOffsets = {10, 20, 30, 40};

TEST(EachAccess, AddsUpTheBatch) {
  const BatchResult result = each_access<Latency::off>(kOffsets, kNeverStop, {}, nullptr,
                                                       [](std::uint64_t offset, std::uint64_t& sum) {
                                                         sum += offset;
                                                         return 0;
                                                       });
  EXPECT_EQ(result.done, 4U);
  EXPECT_EQ(result.checksum, 100U);
  EXPECT_EQ(result.error, 0);
}

TEST(EachAccess, ReturnsWhatWasDoneBeforeAnError) {
  const BatchResult result = each_access<Latency::off>(kOffsets, kNeverStop, {}, nullptr,
                                                       [](std::uint64_t offset, std::uint64_t& sum) {
                                                         if (offset == 30) return ENXIO;
                                                         sum += offset;
                                                         return 0;
                                                       });
  EXPECT_EQ(result.done, 2U);
  EXPECT_EQ(result.checksum, 30U);
  EXPECT_EQ(result.error, ENXIO);
}

TEST(EachAccess, PollsTheStopFlagBetweenAccesses) {
  std::atomic<std::uint32_t> stop{0};
  const BatchResult result =
      each_access<Latency::off>(kOffsets, stop, {}, nullptr, [&](std::uint64_t offset, std::uint64_t& sum) {
        if (offset == 20) stop = 1;
        sum += offset;
        return 0;
      });
  EXPECT_EQ(result.done, 2U);
  EXPECT_EQ(result.checksum, 30U);
}

TEST(EachAccess, RunsToTheEndWithoutAFlag) { EXPECT_EQ(&stop_flag(AccessSetup{}), &kNeverStop); }

}  // namespace
}  // namespace faultlab::engine
