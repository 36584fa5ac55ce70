// The host's pools of huge pages, one a size (Documentation/admin-guide/mm/hugetlbpage.rst).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/units.hpp"

namespace faultlab::host {

// In huge pages.
struct HugePool {
  std::uint64_t total = 0;
  std::uint64_t used = 0;  // by somebody's memory, or promised to it
};
Result<HugePool> huge_pool(Bytes page, const std::string& root = "");

// The knob that sets the size of this pool.
std::string_view huge_pool_knob(Bytes page);

}  // namespace faultlab::host
