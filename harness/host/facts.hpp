// Provenance: the host's settings that can change a number, read before and after a run.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace faultlab::host {

using Json = nlohmann::ordered_json;

// Grouped: kernel, cpu, memory, vm, cgroup, device, file_system, load. What cannot be read is
// {"missing": why}. `data_folder` tells which device and file system to describe.
Json facts(const std::string& data_folder, const std::string& root = "");

// Version, preset, compiler, flags, git commit and dirtiness of the source tree, FNV-1a hash of the
// binary: the manifest's group "tool".
Json tool_facts(const std::string& source_root);

// The block device that holds a file: "vda" for a partition vda1's whole disk, for /proc/diskstats
// and /sys/block. Missing as an error on tmpfs, overlay and network file systems.
struct Device {
  std::string name;
  std::string disk;
};
Result<Device> device_of(const std::string& path, const std::string& root = "");

// A background page reclaimer that takes idle file pages (DAMON with a pageout scheme), by name.
std::optional<std::string> background_reclaimer(const std::string& root = "");

}  // namespace faultlab::host
