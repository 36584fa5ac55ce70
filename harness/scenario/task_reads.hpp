// What this task has had read from devices, as /proc/self/io counts it: a second witness of misses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace faultlab::scenario {

class TaskReads {
 public:
  void begin() { before_ = bytes_read(); }
  // Empty where as many pages were read since begin(), and at most a few of the file system's own with them,
  // or where the kernel does not count them.
  std::string complaint(std::uint64_t pages) const;

 private:
  std::optional<std::uint64_t> pages_read() const;
  static std::optional<std::uint64_t> bytes_read();
  std::optional<std::uint64_t> before_;
};

}  // namespace faultlab::scenario
