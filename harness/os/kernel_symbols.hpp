// Where functions of the running kernel lie.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace faultlab::os {

struct AddressRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // of the next symbol
  bool holds(std::uint64_t address) const { return address >= begin && address < end; }
};

// Those of `names` that this kernel has, by /proc/kallsyms. An error where it hides its addresses.
Result<std::vector<AddressRange>> kernel_functions(std::span<const std::string_view> names);

// The same of a text like /proc/kallsyms. For tests.
Result<std::vector<AddressRange>> functions_in(std::string_view symbols,
                                               std::span<const std::string_view> names);

}  // namespace faultlab::os
