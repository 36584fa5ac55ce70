// The known name that a mistyped one most likely meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace faultlab::config {

// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The closest of `names`, or "" where none is close enough to be worth a guess.
std::string_view nearest(std::string_view name, std::span<const std::string_view> names);

// "unknown engine \"mmap_sharde\"; did you mean \"mmap_shared\"?"
std::string unknown_name(std::string_view noun, std::string_view name,
                         std::span<const std::string_view> names);

// "write one of: a, b, c"; says so where there is nothing to choose from.
std::string one_of(std::span<const std::string_view> names);

// A user's text for a message: in quotes, control characters escaped, cut where it is long.
std::string in_quotes(std::string_view text);

}  // namespace faultlab::config
