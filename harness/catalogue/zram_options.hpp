// The option that everything on zram takes: what compresses its pages.
#pragma once

#include <array>
#include <string>

#include "catalogue/row.hpp"

namespace faultlab {

inline constexpr auto kZramAlgorithms =
    std::to_array<std::string_view>({"lzo", "lzo-rle", "lz4", "lz4hc", "zstd", "deflate", "842", "default"});

inline constexpr OptionSpec kZramAlgorithm = {
    .name = "algorithm",
    .type = OptionType::choice,
    .fallback = "default",
    .meaning = "that compresses; \"default\" is the kernel's choice, and the record says which that is",
    .choices = kZramAlgorithms};

// Empty: the kernel's choice.
inline std::string zram_algorithm(const Options& options) {
  const std::string& asked = options.text("algorithm");
  return asked == "default" ? std::string() : asked;
}

}  // namespace faultlab
