// Golden files: compared byte for byte; FAULTLAB_UPDATE_GOLDEN=1 writes them anew.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace faultlab::testing {

inline std::string source_path(const std::string& relative) {
  return std::string(FAULTLAB_SOURCE_DIR) + "/" + relative;
}

inline std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void expect_golden(const std::string& relative, const std::string& actual) {
  const std::string path = source_path(relative);
  if (std::getenv("FAULTLAB_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(read_whole(path), actual) << "if this change is meant: FAULTLAB_UPDATE_GOLDEN=1 ctest -L golden";
}

}  // namespace faultlab::testing
