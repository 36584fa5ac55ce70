// UTF-8 by the table of well-formed sequences (Unicode 15, table 3-7).
#include "config/utf8.hpp"

namespace faultlab::config {
namespace {

struct Lead {
  unsigned char first, last;                // range of the first byte
  unsigned char second_least, second_most;  // range of the second
  std::size_t length;
};

constexpr Lead kLeads[] = {
    {0x01, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

// The length of the well-formed character at the start of `text`; 0 where there is none.
std::size_t character_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  for (const Lead& lead : kLeads) {
    if (first < lead.first || first > lead.last) continue;
    if (text.size() < lead.length) return 0;
    if (lead.length == 1) return 1;
    const auto second = static_cast<unsigned char>(text[1]);
    if (second < lead.second_least || second > lead.second_most) return 0;
    for (std::size_t i = 2; i < lead.length; ++i) {
      if (!continues_character(text[i])) return 0;
    }
    return lead.length;
  }
  return 0;
}

}  // namespace

std::optional<std::size_t> first_bad_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

}  // namespace faultlab::config
