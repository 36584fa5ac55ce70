// Mounts that a run makes for itself.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "host/change.hpp"
#include "os/mount.hpp"

namespace faultlab::host {

// A folder of our own with a file system on it; the destructor unmounts it and removes the folder.
class OwnedMount {
 public:
  // Makes `point`, whose path is absolute and without symbolic links, as the kernel gives it back.
  static Result<OwnedMount> make(const std::string& point, const os::MountRequest& request,
                                 std::shared_ptr<Journal> journal);
  const std::string& point() const { return point_; }

 private:
  OwnedMount(Change folder, Change mount, std::string point)
      : folder_(std::move(folder)), mount_(std::move(mount)), point_(std::move(point)) {}
  Change folder_;
  Change mount_;
  std::string point_;
};

// What the take_back of a journal entry does: only where `source` is what is mounted on `point`, on top.
// Waits a moment for its users; then it leaves the tree all the same, and the file system ends with the last
// of them.
Result<> remove_mount(const std::string& point, const std::string& source);

}  // namespace faultlab::host
