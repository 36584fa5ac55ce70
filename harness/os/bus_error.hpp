// SIGBUS of one's own accesses to a mapping: the file ends before it, or the device did not read (mmap(2)).
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace faultlab::os {

// `told` runs in the thread whose access failed, in a signal handler: only async-signal-safe calls are
// allowed there (signal-safety(7)). Then the signal ends the process as it would have. For the rest of the
// process.
Result<> on_bus_error(void (*told)(void* context, std::uintptr_t address), void* context);

}  // namespace faultlab::os
