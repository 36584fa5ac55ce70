// Facts from short kernel files.
#include "host/fact_reading.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

std::optional<std::int64_t> to_signed(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// JSON holds UTF-8; firmware and device names may hold anything.
std::string printable(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    const bool plain = (c >= ' ' && c <= '~') || c == '\n' || c == '\t';
    clean += plain ? c : '?';
  }
  return clean;
}

}  // namespace

Json missing(std::string why) { return Json{{"missing", printable(why)}}; }

Json fact(const std::string& root, std::string_view path, As as) {
  const auto text = os::read_text(root + std::string(path));
  if (!text) return missing(text.error().what);
  const auto plain = trim(*text);
  if (as == As::chosen) return printable(chosen(plain));
  if (as == As::number) {
    if (const auto number = to_signed(plain)) return *number;
  }
  return printable(plain);
}

Json fact_row(std::string_view text, std::string_view key, std::string_view path) {
  if (const auto number = number_after(text, key)) return *number;
  return missing(fmt::format("{} has no row {}", path, key));
}

}  // namespace faultlab::host
