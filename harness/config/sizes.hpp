// Sizes, shares and durations as people write them: "4 KiB", "50% of dataset", "100 ms".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/units.hpp"

namespace faultlab::config {

// What the three parsers below accept, as the published schema says it: a text has the right form
// exactly when it matches.
inline constexpr std::string_view kSizePattern =
    "^[0-9]{1,19}(\\.[0-9]{1,6})? (B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$";
inline constexpr std::string_view kSharePattern = "^[0-9]{1,6}(\\.[0-9]{1,6})?% of dataset$";
inline constexpr std::string_view kDurationPattern = "^[0-9]{1,19}(\\.[0-9]{1,6})? (ns|us|ms|s|min|h)$";

struct TextError {
  enum class Flaw { form, not_whole, too_large };
  Flaw flaw;
  std::string what;
  std::string remedy;
};
template <class T>
using Parsed = tl::expected<T, TextError>;

Parsed<Bytes> parse_size(std::string_view text);

// A part of the dataset, in millionths of a per cent.
struct Share {
  std::uint64_t millionths = 0;
};
Parsed<Share> parse_share(std::string_view text);
// Rounded down to whole pages; nothing where it does not fit into 64 bits.
std::optional<Bytes> part_of(Share share, Bytes dataset);

// In nanoseconds.
Parsed<std::uint64_t> parse_duration(std::string_view text);

// The shortest exact form: "1536 KiB", "4096 B" as "4 KiB".
std::string size_text(Bytes bytes);
std::string duration_text(std::uint64_t nanoseconds);

}  // namespace faultlab::config
