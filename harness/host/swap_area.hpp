// Swap areas: which there are, and those that a trial owns.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "host/change.hpp"

namespace faultlab::host {

// A line of /proc/swaps (proc(5)).
struct SwapUse {
  std::string path;
  std::string type;  // "file", "partition"
  Bytes size;
  Bytes used;
  int priority = 0;
};
Result<std::vector<SwapUse>> swap_areas(const std::string& root = "");

// An error where an area that is not ours would be used before one of this priority, or along with it.
Result<> no_other_first(const std::vector<SwapUse>& areas, int priority);

// An enabled area over a file or device of our own; the destructor swaps off.
class SwapArea {
 public:
  // Writes the header, then enables. Refuses where another area would be used first.
  static Result<SwapArea> enable(const std::string& path, Bytes size, int priority,
                                 std::shared_ptr<Journal> journal);
  const std::string& path() const { return path_; }

 private:
  SwapArea(Change change, std::string path) : change_(std::move(change)), path_(std::move(path)) {}
  Change change_;
  std::string path_;
};

}  // namespace faultlab::host
