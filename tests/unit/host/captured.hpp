// A captured tree of another host's /proc and /sys, copied to where a test may change it.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "support/golden.hpp"
#include "support/temporary_folder.hpp"

namespace faultlab::host {

using testing::read_whole;
using testing::TemporaryFolder;

inline void write_whole(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

class CapturedTree {
 public:
  explicit CapturedTree(const std::string& name) {
    std::filesystem::copy(
        std::string(FAULTLAB_SOURCE_DIR) + "/tests/support/captured/" + name, folder_.path(),
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  }
  const std::string& root() const { return folder_.path(); }
  void write(const std::string& path, const std::string& text) const { write_whole(root() + path, text); }
  void remove(const std::string& path) const { std::filesystem::remove_all(root() + path); }
  void replace(const std::string& path, const std::string& from, const std::string& to) const {
    auto text = read_whole(root() + path);
    const auto at = text.find(from);
    if (at != std::string::npos) text.replace(at, from.size(), to);
    write(path, text);
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace faultlab::host
