// File systems on block devices of our own.
#pragma once

#include <string>

#include "base/result.hpp"

namespace faultlab::host {

struct FileSystem {
  std::string name;  // "ext4": to mkfs and to mount(2)
  std::string mount_options;
};

// mkfs(8) with 4 KiB blocks and nothing left to be done in the background, which would show in the device's
// counters; whatever is on the device is lost.
Result<> make_file_system(const std::string& device, const FileSystem& type);

}  // namespace faultlab::host
