// Mounting and unmounting of file systems: mount(2), umount(2).
#pragma once

#include <string>

#include "base/result.hpp"

namespace faultlab::os {

struct MountRequest {
  std::string source;   // a block device; what has none takes any word, which /proc/self/mountinfo shows
  std::string type;     // "ext4"
  std::string options;  // of the file system: "data=journal"
};

// Without access times, which would be writes of their own, and without device nodes, programs and
// set-user-id bits. What is mounted below it later reaches no other mount namespace (MS_PRIVATE,
// mount_namespaces(7)).
Result<> mount_at(const std::string& point, const MountRequest& request);

enum class Detach {
  never,   // EBUSY while somebody uses it
  anyway,  // out of the tree at once; it ends when the last user has left (MNT_DETACH)
};
// Follows no symbolic link.
Result<> unmount(const std::string& point, Detach detach);

}  // namespace faultlab::os
