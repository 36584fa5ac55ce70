// Mounts and cgroup memberships of this process, as the kernel lists them. Parsing is pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace faultlab::host {

// A line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
struct Mount {
  std::string device;  // "254:0": st_dev of the files on it
  std::string root;    // which folder of the file system is mounted
  std::string point;   // where
  std::string options;
  std::string type;
  std::string source;
  std::string super_options;

  bool read_only() const;
  bool has_super_option(std::string_view option) const;
};
std::vector<Mount> parse_mountinfo(std::string_view text);
Result<std::vector<Mount>> mounts(const std::string& root);

// The mount that `path` lies on: absolute, without symbolic links. `device` settles which of several
// mounts on one point is meant; empty: the last one.
const Mount* mount_of(const std::vector<Mount>& all, std::string_view path, std::string_view device = {});

// A line of /proc/self/cgroup (cgroups(7)): v2 has hierarchy 0 and no controllers.
struct Membership {
  std::vector<std::string> controllers;
  std::string path;
  bool is_v2 = false;
};
std::vector<Membership> parse_memberships(std::string_view text);

// Where the cgroup `path` of a membership shows below a cgroup mount. A container's mount may show
// only the part of the hierarchy below its root field.
std::optional<std::string> place_below(const Mount& mount, std::string_view path);

}  // namespace faultlab::host
