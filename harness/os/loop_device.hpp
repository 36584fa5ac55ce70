// Loop devices (Documentation/admin-guide/blockdev, loop(4)): a file as a block device.
#pragma once

#include <string>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

// The number of a device that is free now. Another process may take it before bind_loop does.
Result<unsigned> free_loop_device();
std::string loop_path(unsigned number);

// Makes the file the content of the device, past the page cache (direct I/O), so that the file is not
// cached twice. EBUSY: somebody else was faster.
Result<> bind_loop(unsigned number, const Fd& file, const std::string& path);
// Takes the file away again; a device without one is no error.
Result<> clear_loop(unsigned number);

}  // namespace faultlab::os
