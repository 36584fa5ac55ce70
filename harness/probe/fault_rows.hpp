// The fault rows that memory.stat and /proc/vmstat share, and what they count on older kernels.
#pragma once

#include <string>

namespace faultlab {

// Before Linux 6.4, pgfault also counted each pass that ended in a retry: a fault that waited for the
// device was counted twice (mm/memory.c, handle_mm_fault; "mm: do not increment pgfault stats when page
// fault handler retries").
bool pgfault_counts_retries();

// The note for a minor count made of these rows; empty where it is exact.
std::string retry_note();

}  // namespace faultlab
