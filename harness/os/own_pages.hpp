// This program's own pages, all brought in, so that nothing but what is measured faults in a window.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace faultlab::os {

// One mapping of this process: a line of /proc/self/maps.
struct Area {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  bool readable = false;
  bool writable = false;
  bool shared = false;
  std::string name;  // a file's path, "[heap]", or empty
};
std::vector<Area> parse_areas(std::string_view maps);

class OwnPages {
 public:
  // What is mapped now belongs to the program; what is mapped later does not.
  static Result<OwnPages> now();
  // Maps every page of it, writable where it may be written (MADV_POPULATE_READ and _WRITE, Linux
  // 5.14), and the heap and the stack as they have become. To be called again after a fork, which
  // write-protects.
  Result<> bring_in() const;

 private:
  std::vector<Area> areas_;
};

}  // namespace faultlab::os
