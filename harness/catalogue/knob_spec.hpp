// Knobs: kernel settings that a trial may change. Where they lie in the kernel's files is host/'s business.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace faultlab {

struct KnobSpec {
  std::string_view name;
  std::string_view meaning;
  // The words that it takes; where there are none, it takes an integer in [minimum, maximum].
  std::span<const std::string_view> choices = {};
  std::uint64_t minimum = 0;
  std::uint64_t maximum = 0;
};

std::span<const KnobSpec> knobs();
const KnobSpec* find_knob(std::string_view name);

}  // namespace faultlab
