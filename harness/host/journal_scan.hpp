// The journals of a folder: whose they are, whether their owner lives, what they leave to be undone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/journal_file.hpp"
#include "os/lock.hpp"

namespace faultlab::host {

struct FoundJournal {
  std::string path;
  Owner owner;
  bool this_boot = false;
  bool live = false;                      // its owner runs, or somebody else is recovering it
  std::optional<os::ProcessLock> locked;  // there exactly when it is neither live nor refused
  std::string refused;                    // why this journal must not be replayed; empty: it may
  std::vector<Entry> open;
};

// Locks every journal whose owner is dead.
Result<std::vector<FoundJournal>> scan_journals(const std::string& folder);

// The pid of another running owner of this boot that has changed the kernel file `path`.
std::optional<pid_t> other_holder(const std::string& folder, const std::string& path);

}  // namespace faultlab::host
