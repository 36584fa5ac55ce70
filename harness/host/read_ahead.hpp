// How far ahead the kernel reads on the device under a file.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/units.hpp"
#include "os/fd.hpp"

namespace faultlab::host {

// read_ahead_kb of the file's backing device (Documentation/ABI/testing/sysfs-class-bdi). What a file has
// taken over from there when it was opened holds until it is closed.
Result<PageCount> read_ahead(const os::Fd& file, const std::string& root = "");

}  // namespace faultlab::host
