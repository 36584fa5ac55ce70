// Parsing and printing of sizes, shares and durations, in integers throughout.
#include "config/sizes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <span>

#include "config/nearest.hpp"

namespace faultlab::config {
namespace {

__extension__ typedef unsigned __int128 Wide;  // no standard type is as wide

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr auto kSizeUnits = std::to_array<Unit>({{"TiB", 1ULL << 40},
                                                 {"GiB", 1ULL << 30},
                                                 {"MiB", 1ULL << 20},
                                                 {"KiB", 1ULL << 10},
                                                 {"TB", 1'000'000'000'000},
                                                 {"GB", 1'000'000'000},
                                                 {"MB", 1'000'000},
                                                 {"kB", 1'000},
                                                 {"B", 1}});
constexpr auto kDurationUnits = std::to_array<Unit>({{"h", 3'600'000'000'000},
                                                     {"min", 60'000'000'000},
                                                     {"s", 1'000'000'000},
                                                     {"ms", 1'000'000},
                                                     {"us", 1'000},
                                                     {"ns", 1}});

constexpr std::string_view kSizeExample =
    "write a number, a space and a unit: \"4096 B\", \"4 KiB\" (4096 bytes), \"4 kB\" (4000 bytes)";
constexpr std::string_view kDurationExample =
    "write a number, a space and a unit (ns, us, ms, s, min, h): \"100 ms\", \"30 s\"";
constexpr std::string_view kShareExample = "write \"50% of dataset\"";

// A decimal number as written, and the text after it.
struct Decimal {
  Wide digits = 0;           // all of them, without the point
  std::size_t decimals = 0;  // how many of them stand after it
  std::string_view number;
  std::string_view rest;
};

std::size_t count_digits(std::string_view text) {
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c < '0' || c > '9'; });
  return static_cast<std::size_t>(end - text.begin());
}

// 25 digits times the largest unit stay below 2^128.
constexpr std::size_t kWholeDigits = 19;
constexpr std::size_t kDecimals = 6;

std::optional<Decimal> parse_decimal(std::string_view text, std::size_t whole_limit,
                                     std::size_t decimal_limit) {
  Decimal out;
  const std::size_t whole = count_digits(text);
  if (whole == 0 || whole > whole_limit) return std::nullopt;
  std::size_t used = whole;
  if (text.substr(used).starts_with('.')) {
    out.decimals = count_digits(text.substr(used + 1));
    if (out.decimals == 0 || out.decimals > decimal_limit) return std::nullopt;
    used += 1 + out.decimals;
  }
  for (const char c : text.substr(0, used)) {
    if (c != '.') out.digits = out.digits * 10 + static_cast<unsigned>(c - '0');
  }
  out.number = text.substr(0, used);
  out.rest = text.substr(used);
  return out;
}

Wide power_of_ten(std::size_t exponent) {
  Wide power = 1;
  for (std::size_t i = 0; i < exponent; ++i) power *= 10;
  return power;
}

TextError form_error(std::string_view noun, std::string_view text, std::string_view remedy) {
  return {TextError::Flaw::form, fmt::format("{} is not a {}", in_quotes(text), noun), std::string(remedy)};
}

// What someone who wrote `text` may have meant by a size.
std::string size_remedy(std::string_view text) {
  const auto decimal = parse_decimal(text, kWholeDigits, kDecimals);
  if (!decimal) return std::string(kSizeExample);
  const std::string_view number = decimal->number;
  std::string word;
  for (const char c : decimal->rest) {
    if (c != ' ') word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (word.starts_with('%')) {
    return fmt::format("a percentage names its base, where the field takes one: \"{}% of dataset\"", number);
  }
  if (word == "b" || word == "byte" || word == "bytes") return fmt::format("write \"{} B\"", number);
  constexpr std::string_view kLetters = "kmgt";
  const std::size_t size = word.empty() ? std::string_view::npos : kLetters.find(word[0]);
  const std::string tail = word.empty() ? word : word.substr(1);
  if (size == std::string_view::npos || (!tail.empty() && tail != "b" && tail != "i" && tail != "ib")) {
    return std::string(kSizeExample);
  }
  const std::string_view iec = kSizeUnits[3 - size].name;
  const std::string_view si = kSizeUnits[7 - size].name;
  if (tail.starts_with('i')) return fmt::format("write \"{} {}\"", number, iec);
  if (decimal->rest == si) return fmt::format("write \"{} {}\", with a space", number, si);
  const auto bytes = [&](std::string_view unit) {
    const auto parsed = parse_size(fmt::format("{} {}", number, unit));
    return parsed ? fmt::format(" ({} bytes)", parsed->value) : std::string();
  };
  return fmt::format("write \"{0} {1}\"{2} or \"{0} {3}\"{4}", number, iec, bytes(iec), si, bytes(si));
}

struct Quantum {
  std::string_view noun;   // "size"
  std::string_view whole;  // "bytes"
  std::span<const Unit> units;
};

Parsed<std::uint64_t> parse_quantity(std::string_view text, const Quantum& quantum,
                                     const std::string& remedy) {
  const auto decimal = parse_decimal(text, kWholeDigits, kDecimals);
  if (!decimal || !decimal->rest.starts_with(' ')) {
    return tl::unexpected(form_error(quantum.noun, text, remedy));
  }
  const std::string_view name = decimal->rest.substr(1);
  const auto unit = std::find_if(quantum.units.begin(), quantum.units.end(),
                                 [&](const Unit& each) { return each.name == name; });
  if (unit == quantum.units.end()) return tl::unexpected(form_error(quantum.noun, text, remedy));
  const Wide scaled = decimal->digits * unit->factor;
  const Wide divisor = power_of_ten(decimal->decimals);
  if (scaled % divisor != 0) {
    return tl::unexpected(
        TextError{TextError::Flaw::not_whole,
                  fmt::format("{} is not a whole number of {}", in_quotes(text), quantum.whole),
                  "use a smaller unit, or fewer decimals"});
  }
  if (scaled / divisor > std::numeric_limits<std::uint64_t>::max()) {
    return tl::unexpected(TextError{TextError::Flaw::too_large,
                                    fmt::format("{} does not fit into 64 bits", in_quotes(text)),
                                    "write a smaller one"});
  }
  return static_cast<std::uint64_t>(scaled / divisor);
}

}  // namespace

Parsed<Bytes> parse_size(std::string_view text) {
  const Quantum bytes{"size", "bytes", kSizeUnits};
  auto parsed = parse_quantity(text, bytes, {});
  if (parsed) return Bytes(*parsed);
  if (parsed.error().flaw == TextError::Flaw::form) parsed.error().remedy = size_remedy(text);
  return tl::unexpected(std::move(parsed.error()));
}

Parsed<Share> parse_share(std::string_view text) {
  const auto decimal = parse_decimal(text, 6, 6);
  if (!decimal || decimal->rest != "% of dataset") {
    return tl::unexpected(form_error("share", text, kShareExample));
  }
  const Wide millionths = decimal->digits * power_of_ten(6 - decimal->decimals);
  return Share{static_cast<std::uint64_t>(millionths)};
}

std::optional<Bytes> part_of(Share share, Bytes dataset) {
  const Wide bytes = Wide{dataset.value} * share.millionths / 100'000'000;
  if (bytes > std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  return bytes_of(pages_floor(Bytes(static_cast<std::uint64_t>(bytes))));
}

Parsed<std::uint64_t> parse_duration(std::string_view text) {
  return parse_quantity(text, {"duration", "nanoseconds", kDurationUnits}, std::string(kDurationExample));
}

std::string size_text(Bytes bytes) {
  for (const Unit& unit : std::span(kSizeUnits).first(4)) {
    if (bytes.value >= unit.factor && bytes.value % unit.factor == 0) {
      return fmt::format("{} {}", bytes.value / unit.factor, unit.name);
    }
  }
  return fmt::format("{} B", bytes.value);
}

std::string duration_text(std::uint64_t nanoseconds) {
  for (const Unit& unit : std::span(kDurationUnits).subspan(2)) {
    if (nanoseconds % unit.factor == 0) return fmt::format("{} {}", nanoseconds / unit.factor, unit.name);
  }
  return fmt::format("{} ns", nanoseconds);
}

}  // namespace faultlab::config
