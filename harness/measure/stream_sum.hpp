// The checksum of a stream of bytes, which arrives in pieces: of its words, and of their places in it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/random.hpp"

namespace faultlab {

// Fletcher's two sums (J. G. Fletcher, 1982) over 64-bit words, modulo 2^64: a block lost, doubled or out of
// order changes the second one. One addition a word and sum, so that checking costs less than receiving.
class StreamSum {
 public:
  void add(std::span<const std::byte> bytes) {
    bytes_ += bytes.size();
    if (held_ > 0) bytes = bytes.subspan(complete(bytes));
    const std::size_t words = bytes.size() / sizeof(std::uint64_t);
    for (std::size_t i = 0; i < words; ++i) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + i * sizeof word, sizeof word);
      add_word(word);
    }
    hold(bytes.subspan(words * sizeof(std::uint64_t)));
  }

  void add_word(std::uint64_t word) {
    sum_ += word;
    sums_ += sum_;
  }

  std::uint64_t bytes() const { return bytes_; }
  // Of the whole words so far.
  std::uint64_t value() const { return mix64(sum_ ^ mix64(sums_)); }

 private:
  // The rest of a word whose beginning came with the piece before; how many bytes of this piece that was.
  std::size_t complete(std::span<const std::byte> bytes) {
    const std::size_t take = std::min(sizeof(std::uint64_t) - held_, bytes.size());
    hold(bytes.first(take));
    if (held_ == sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, rest_.data(), sizeof word);
      add_word(word);
      held_ = 0;
    }
    return take;
  }

  void hold(std::span<const std::byte> bytes) {
    for (const std::byte each : bytes) rest_[held_++] = each;
  }

  std::uint64_t sum_ = 0;
  std::uint64_t sums_ = 0;
  std::uint64_t bytes_ = 0;
  std::array<std::byte, sizeof(std::uint64_t)> rest_{};
  std::size_t held_ = 0;
};

}  // namespace faultlab
