// Is a text UTF-8, and how long is it in characters?
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace faultlab::config {

// The offset of the first byte that is not UTF-8, overlong forms and surrogates included, or is NUL.
std::optional<std::size_t> first_bad_byte(std::string_view text);

// True for the bytes that continue a character: they do not move the column.
constexpr bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace faultlab::config
