// Which mount a path lies on, also a path that does not exist yet.
#pragma once

#include <string>

#include "base/result.hpp"
#include "host/mounts.hpp"

namespace faultlab::host {

struct Place {
  std::string path;  // absolute, symbolic links resolved
  Mount mount;
};
// `path`, or the nearest folder above it that exists: a data folder is made only when it is needed.
std::string nearest_existing(const std::string& path);
Result<Place> place_of(const std::string& path, const std::string& root = "");

}  // namespace faultlab::host
