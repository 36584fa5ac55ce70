// A file whose pages a trial reaches.
#pragma once

#include <string>

#include "base/units.hpp"

namespace faultlab {

struct DataFile {
  std::string path;
  Bytes size;
  bool operator==(const DataFile&) const = default;
};

}  // namespace faultlab
