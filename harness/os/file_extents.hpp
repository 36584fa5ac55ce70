// How a file lies on its file system.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

// Bytes in blocks that another file has, too (FIEMAP_EXTENT_SHARED,
// Documentation/filesystems/fiemap.rst). An error where the file system does not tell.
Result<std::uint64_t> shared_bytes(const Fd& file);

}  // namespace faultlab::os
