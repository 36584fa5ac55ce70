// The files that a program of the user's reads: found, each once, and counted together.
#include "dataset/files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace faultlab::dataset {
namespace {

namespace fs = std::filesystem;

class FilesTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, std::size_t size) {
    const fs::path path = fs::path(folder_.path()) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << std::string(size, 'x');
    return path.string();
  }
  testing::TemporaryFolder folder_;
};

TEST_F(FilesTest, AFolderStandsForAllBelowIt) {
  const std::string b = write("below/b", 5000);
  const std::string a = write("below/deeper/a", 3);
  const std::string other = write("other", 4096);
  const auto files = find_files({other, folder_.path() + "/below"});
  ASSERT_TRUE(files.has_value()) << files.error().what;
  EXPECT_EQ(*files, (std::vector<DataFile>{{other, Bytes(4096)}, {b, Bytes(5000)}, {a, Bytes(3)}}));
  EXPECT_EQ(total_size(*files), Bytes(9099));
  EXPECT_EQ(total_pages(*files), PageCount(4)) << "no two files share a page";
}

TEST_F(FilesTest, AFileWithTwoNamesIsOne) {
  const std::string a = write("a", 10);
  fs::create_hard_link(a, folder_.path() + "/b");
  const auto files = find_files({a, folder_.path(), a});
  ASSERT_TRUE(files.has_value()) << files.error().what;
  EXPECT_EQ(*files, (std::vector<DataFile>{{a, Bytes(10)}}));
}

TEST_F(FilesTest, LinksBelowAFolderAndEmptyFilesAreLeftOut) {
  const std::string outside = write("outside", 10);
  write("in/empty", 0);
  fs::create_symlink(outside, folder_.path() + "/in/link");
  const auto files = find_files({folder_.path() + "/in"});
  ASSERT_FALSE(files.has_value());
  EXPECT_NE(files.error().what.find("no file that holds anything"), std::string::npos) << files.error().what;
}

TEST_F(FilesTest, WhatIsNotThereIsNamed) {
  const auto files = find_files({folder_.path() + "/absent"});
  ASSERT_FALSE(files.has_value());
  EXPECT_NE(files.error().what.find("/absent is not there"), std::string::npos) << files.error().what;
  EXPECT_FALSE(files.error().remedy.empty());
}

}  // namespace
}  // namespace faultlab::dataset
