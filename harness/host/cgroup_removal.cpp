// Removal of cgroups, innermost first.
#include "host/cgroup_removal.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

constexpr auto kPause = std::chrono::milliseconds(5);
// 5 s in all: a killed process that waits for a device leaves its cgroup only when that answers.
constexpr int kRemovalAttempts = 1000;

// How many members there are, after a SIGKILL to each of them.
Result<std::size_t> kill_members(const std::string& path) {
  auto text = os::read_text(path + "/cgroup.procs");
  if (!text) return propagate(std::move(text));
  const auto members = words_of(*text);
  for (const auto member : members) {
    const auto pid = to_number(member).value_or(0);
    if (pid == static_cast<std::uint64_t>(::getpid())) {
      // A guardian, which was started by whoever made the cgroup.
      const auto above = std::filesystem::path(path).parent_path().string();
      if (auto left = os::write_kernel_file(above + "/cgroup.procs", "0"); !left) {
        return propagate(std::move(left), "leave cgroup " + path);
      }
      continue;
    }
    // cgroup.procs shows 0 for a process outside our PID namespace (cgroups(7)).
    if (pid <= 1) {
      return fail("empty cgroup " + path + ": a member is in another PID namespace",
                  "run `faultlab recover` on the host instead of inside the container");
    }
    if (::kill(static_cast<pid_t>(pid), SIGKILL) != 0 && errno != ESRCH) {
      return os::os_failure("kill process " + std::string(member) + " of cgroup " + path,
                            "run `faultlab recover` as the user who started it, or as root");
    }
  }
  return members.size();
}

Result<> remove_one(const std::string& path) {
  Result<> removed;
  for (int attempt = 0; attempt < kRemovalAttempts; ++attempt) {
    auto members = kill_members(path);
    if (!members && members.error().code == ENOENT) return {};
    if (!members) return propagate(std::move(members));
    // A process that is still exiting keeps rmdir(2) at EBUSY for a moment after it has left the list.
    if (*members == 0) removed = os::remove_folder(path);
    if (*members == 0 && (removed || removed.error().code != EBUSY)) return removed;
    std::this_thread::sleep_for(kPause);
  }
  if (!removed) return removed;
  return fail("remove cgroup " + path + ": its processes survive SIGKILL",
              "look at /proc/PID/stack of the PIDs in its cgroup.procs, then run `faultlab recover` again");
}

Result<> remove_tree(const std::string& path) {
  for (const auto& name : os::folder_entries(path)) {
    const auto below = path + "/" + name;
    std::error_code code;
    if (!std::filesystem::is_directory(below, code)) continue;
    if (auto removed = remove_tree(below); !removed) return removed;
  }
  return remove_one(path);
}

}  // namespace

Result<> remove_cgroup(const std::string& path) {
  const auto name = std::filesystem::path(path).filename().string();
  if (!name.starts_with(kCgroupPrefix)) {
    return fail("remove cgroup " + path + ": faultlab did not make it", "remove it by hand with rmdir");
  }
  return remove_tree(path);
}

}  // namespace faultlab::host
