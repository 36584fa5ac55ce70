// Edit distance, and the sentences that use it.
#include "config/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace faultlab::config {
namespace {

// A longer word is no slip of a known name, and the distance is quadratic.
constexpr std::size_t kLongestWord = 80;
constexpr std::size_t kLongestQuote = 80;

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, previous);
    std::swap(previous, row);
  }
  return previous[b.size()];
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> names) {
  if (name.empty() || name.size() > kLongestWord) return {};
  std::string_view best;
  // A third of the letters may be wrong, but never all of them.
  std::size_t best_distance = std::min(std::max<std::size_t>(1, name.size() / 3) + 1, name.size());
  for (const std::string_view each : names) {
    const std::size_t distance = edit_distance(name, each);
    if (distance < best_distance) {
      best = each;
      best_distance = distance;
    }
  }
  return best;
}

std::string unknown_name(std::string_view noun, std::string_view name,
                         std::span<const std::string_view> names) {
  const std::string_view close = nearest(name, names);
  if (close.empty()) return fmt::format("unknown {} {}", noun, in_quotes(name));
  return fmt::format("unknown {} {}; did you mean \"{}\"?", noun, in_quotes(name), close);
}

std::string one_of(std::span<const std::string_view> names) {
  if (names.empty()) return "there is nothing to choose from here: remove it";
  std::string text = "write one of: ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += ", ";
    text += names[i];
  }
  return text;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  std::size_t end = std::min(text.size(), kLongestQuote);
  // A cut never splits a character: messages stay valid UTF-8.
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  for (const char c : text.substr(0, end)) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + (end < text.size() ? "...\"" : "\"");
}

}  // namespace faultlab::config
