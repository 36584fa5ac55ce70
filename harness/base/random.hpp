// Seeded randomness whose every value is a function of (seed, index): nothing to store, nothing to share.
#pragma once

#include <cstdint>
#include <string_view>

namespace faultlab {

// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): a bijection of 64-bit words.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// A seed for a named purpose, so that two uses of one seed never share a sequence.
constexpr std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0) {
  std::uint64_t h = mix64(seed);
  for (const char c : purpose) h = mix64(h ^ static_cast<unsigned char>(c));
  return mix64(h ^ index);
}

// xoroshiro128++ (Blackman, Vigna 2019): one state, about a nanosecond a draw.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : a_(mix64(seed)), b_(mix64(seed + 1)) {}

  constexpr std::uint64_t next() {
    const std::uint64_t a = a_;
    std::uint64_t b = b_;
    const std::uint64_t out = rotate(a + b, 17) + a;
    b ^= a;
    a_ = rotate(a, 49) ^ b ^ (b << 21);
    b_ = rotate(b, 28);
    return out;
  }

  // Uniform in [0, n) by multiplication (Lemire 2019, without the rejection step: the bias is below
  // n / 2^64, far under anything a trial can see). n > 0.
  constexpr std::uint64_t below(std::uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * n) >> 64);
  }

  // Uniform in [0, 1).
  constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  static constexpr std::uint64_t rotate(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

  std::uint64_t a_;
  std::uint64_t b_;
};

}  // namespace faultlab
