// Loop devices (Documentation/admin-guide/blockdev, loop(4)): a file as a block device.
#pragma once

#include <string>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

// The number of a device that is free now. Another process may take it before bind_loop does.
Result<unsigned> free_loop_device();
std::string loop_path(unsigned number);

enum class LoopReads {
  direct,  // past the page cache of the file below, so that it is not cached twice, where that file can
  cached,
};

// Makes the file the content of the device. EBUSY: somebody else was faster.
Result<> bind_loop(unsigned number, const Fd& file, const std::string& path, LoopReads reads);
// Takes the file away again; a device without one is no error.
Result<> clear_loop(unsigned number);

}  // namespace faultlab::os
