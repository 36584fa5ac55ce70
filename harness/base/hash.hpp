// FNV-1a: tells two texts apart; no protection against forgery.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace faultlab {

// "fnv1a64:0123456789abcdef" (Fowler, Noll, Vo; 64 bits).
inline std::string fnv1a64(std::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3ULL;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "fnv1a64:";
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(hash >> shift) & 0xF];
  return text;
}

}  // namespace faultlab
