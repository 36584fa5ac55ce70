// What this host can do, what it lacks for each plugin, and what would help.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalogue/row.hpp"
#include "host/cgroup.hpp"

namespace faultlab::host {

// nullopt: the host has it.
std::optional<Lack> lacks(Need need, const std::string& root = "");

enum class Verdict { ok, limited, missing };
struct Check {
  std::string name;  // "memory cgroup"
  Verdict verdict;
  std::string finding;  // "v1, below /sys/fs/cgroup/memory/..."
  std::string remedy;   // empty when ok
  std::vector<Fix> fixes = {};
};
// Every check, also the ones that pass: `faultlab doctor`.
std::vector<Check> examine(const std::string& data_folder, const std::string& root = "");

}  // namespace faultlab::host
