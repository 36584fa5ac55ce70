// The shapes of short kernel texts: words, numbers, "always [madvise] never".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faultlab::host {

std::string_view trim(std::string_view text);
std::vector<std::string_view> lines_of(std::string_view text);  // without empty ones
std::vector<std::string_view> words_of(std::string_view text);  // by blanks, tabs and newlines
std::vector<std::string_view> split(std::string_view text, char separator);
bool has_word(const std::vector<std::string_view>& words, std::string_view word);

// The bracketed word of a choice file, or the trimmed text where nothing is bracketed.
std::string chosen(std::string_view text);

// Blanks, newlines and backslashes in names stand as three octal digits in mountinfo and /proc/swaps.
std::string unescape(std::string_view text);

// A whole decimal number; nothing else around it.
std::optional<std::uint64_t> to_number(std::string_view text);

// The number after `key` in a text of "key value" lines (memory.stat, vmstat) or "key: value kB"
// lines (meminfo; the unit is left to the caller).
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key);

// True where `path` is `folder` or lies below it; both without a trailing slash, but "/".
bool lies_in(std::string_view path, std::string_view folder);

}  // namespace faultlab::host
