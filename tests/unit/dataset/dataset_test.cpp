// Datasets: content as promised, reused only when intact, never left half-written.
#include "dataset/dataset.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <numeric>
#include <vector>

#include "dataset/content.hpp"
#include "os/file.hpp"
#include "support/golden.hpp"
#include "support/temporary_folder.hpp"

namespace faultlab::dataset {
namespace {

constexpr Bytes kSize{std::uint64_t{4} << 20};

config::Dataset example() { return {kSize, Bytes(64 << 10), Content::random, {"host", {}}, 7}; }

class DatasetTest : public ::testing::Test {
 protected:
  Result<Ensured> ensure_file(const std::function<bool()>& interrupted = [] { return false; }) {
    auto journal = host::Journal::open(temporary_.path() + "/journal");
    if (!journal) return propagate(std::move(journal));
    return ensure(example(), temporary_.path() + "/data", kReserve, *journal, interrupted);
  }
  testing::TemporaryFolder temporary_;
};

TEST_F(DatasetTest, HoldsTheGeneratedWordsWithoutHoles) {
  const auto made = ensure_file();
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_FALSE(made->reused);
  const std::string bytes = testing::read_whole(made->path);
  ASSERT_EQ(bytes.size(), kSize.value);
  for (const std::uint64_t page : {0U, 1U, 511U, 1023U}) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + page * kPage.value + 3 * 8, sizeof word);
    EXPECT_EQ(word, PageContent(7, PageIndex(page)).word(3)) << "page " << page;
  }
  EXPECT_GE(os::file_status(made->path)->allocated, kSize);
}

TEST_F(DatasetTest, AnIntactFileIsReused) {
  ASSERT_TRUE(ensure_file());
  EXPECT_TRUE(ensure_file()->reused);
}

TEST_F(DatasetTest, ATouchedButEqualFileIsCheckedAndReused) {
  const std::string path = ensure_file()->path;
  ASSERT_TRUE(os::remove_file(path + ".json"));
  EXPECT_TRUE(ensure_file()->reused);
}

TEST_F(DatasetTest, AChangedFileIsMadeAnew) {
  const std::string path = ensure_file()->path;
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(123456);
    file.put('x');
  }
  const auto again = ensure_file();
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->reused);
}

TEST_F(DatasetTest, ATruncatedFileIsMadeAnew) {
  const std::string path = ensure_file()->path;
  ASSERT_EQ(::truncate(path.c_str(), 4096), 0);
  EXPECT_FALSE(ensure_file()->reused);
}

TEST_F(DatasetTest, AnInterruptLeavesNothingBehind) {
  ASSERT_FALSE(ensure_file([] { return true; }));
  EXPECT_TRUE(os::folder_entries(temporary_.path() + "/data").empty());
}

TEST_F(DatasetTest, MoreThanTheDiskHoldsIsRefusedBeforeWriting) {
  config::Dataset huge = example();
  huge.size = Bytes(std::uint64_t{1} << 50);
  auto journal = host::Journal::open(temporary_.path() + "/journal");
  const auto made = ensure(huge, temporary_.path() + "/data", kReserve, *journal, [] { return false; });
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().remedy.find("--data"), std::string::npos);
  EXPECT_TRUE(os::folder_entries(temporary_.path() + "/data").empty());
}

TEST_F(DatasetTest, DroppedThenWarmedIsSeenInResidency) {
  const std::string path = ensure_file()->path;
  const auto dropped = drop(path);
  ASSERT_TRUE(dropped) << dropped.error().what;
  EXPECT_EQ(resident_pages(path).value, Value(std::int64_t{0}));
  ASSERT_TRUE(warm(path, kSize, kPage, 5));
  EXPECT_EQ(resident_pages(path).value, Value::count(pages_ceil(kSize).value));
}

TEST(Content, TheClosedFormsEqualTheWords) {
  std::vector<std::uint64_t> words(kWordsPerPage * 4);
  fill_content(42, 8 * kPage.value, std::as_writable_bytes(std::span(words)));
  EXPECT_EQ(std::accumulate(words.begin(), words.end(), std::uint64_t{0}),
            expected_checksum(42, 8 * kPage.value, Bytes(4 * kPage.value), true));
  std::uint64_t firsts = 0;
  for (std::size_t page = 0; page < 4; ++page) firsts += words[page * kWordsPerPage];
  EXPECT_EQ(firsts, expected_checksum(42, 8 * kPage.value, Bytes(4 * kPage.value), false));
}

TEST(Content, SumsHoldForEveryKind) {
  for (const Content kind : {Content::random, Content::half, Content::zero, Content::sparse}) {
    const ContentSpec spec(42, kind);
    std::vector<std::uint64_t> words(2 * kWordsPerPage, 7);
    fill_content(spec, 0, std::as_writable_bytes(std::span(words)));
    EXPECT_EQ(std::accumulate(words.begin(), words.end(), std::uint64_t{0}),
              expected_checksum(spec, 0, Bytes(2 * kPage.value), true));
    EXPECT_EQ(words[0] + words[kWordsPerPage], expected_checksum(spec, 0, Bytes(2 * kPage.value), false));
    const auto zeros = static_cast<std::uint64_t>(std::count(words.begin(), words.end(), 0U));
    EXPECT_EQ(zeros, 2 * (kWordsPerPage - drawn_words(kind)));
  }
}

TEST(Content, PagesAndSeedsDiffer) {
  EXPECT_NE(PageContent(1, PageIndex(0)).word(0), PageContent(1, PageIndex(1)).word(0));
  EXPECT_NE(PageContent(1, PageIndex(0)).word(0), PageContent(2, PageIndex(0)).word(0));
}

}  // namespace
}  // namespace faultlab::dataset
