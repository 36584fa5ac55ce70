// The journal as text: the name that tells its owner, its lines, and what they leave to be undone. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/journal.hpp"

namespace faultlab::host {

struct Owner {
  std::string boot;
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;
};

std::string journal_name(const Owner& owner);
// Nothing where the file name is not a journal's.
std::optional<Owner> owner_from_name(std::string_view name);

struct Entry {
  std::uint64_t id = 0;
  std::uint64_t at_ns = 0;  // CLOCK_BOOTTIME: the order of changes over all journals of one boot
  Undo undo;
};

// An error where a path is not UTF-8, which JSON cannot carry.
Result<std::string> entry_line(const Entry& entry);
std::string settled_line(std::uint64_t id);

struct JournalText {
  std::vector<Entry> open;  // not settled, oldest first
  std::uint64_t last_id = 0;
};
// A line that is not whole is skipped: its writer had not yet made the change.
JournalText parse_journal(std::string_view text);

}  // namespace faultlab::host
