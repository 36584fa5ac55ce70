// Swap areas: the header that makes a file or device one, and swapon(2), swapoff(2).
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/units.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

// The largest priority that swapon(2) takes; the kernel fills areas from the highest down.
inline constexpr int kHighestSwapPriority = 32767;

// Writes what mkswap(8) writes: the first page, of version 1 (include/linux/swap.h, union swap_header).
Result<> write_swap_header(const Fd& fd, Bytes size, const std::string& path);

Result<> swap_on(const std::string& path, int priority);
// Reads back what is there; an area that is none is no error.
Result<> swap_off(const std::string& path);

}  // namespace faultlab::os
