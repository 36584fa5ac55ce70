// Which Linux this is, for rules that changed between versions.
#pragma once

#include <compare>
#include <string_view>

#include "base/result.hpp"

namespace faultlab::host {

struct KernelRelease {
  int major = 0;
  int minor = 0;
  auto operator<=>(const KernelRelease&) const = default;
};

// "6.18.44-fc", "6.1.0-37-cloud-amd64": the first two numbers.
Result<KernelRelease> parse_kernel_release(std::string_view text);
Result<KernelRelease> kernel_release();

// Linux 6.7 takes file faults under the lock of the mapping alone (CONFIG_PER_VMA_LOCK), and a fault that
// had to wait there for a page in flight stays minor. Older ones mark every second attempt as tried, and
// a tried fault is counted as major (arch/x86/mm/fault.c, mm/memory.c: mm_account_fault).
inline constexpr KernelRelease kBlockedFaultsStayMinor{6, 7};

}  // namespace faultlab::host
