// Mounts by system call.
#include "os/mount.hpp"

#include <sys/mount.h>

#include <cerrno>

#include "os/fd.hpp"

namespace faultlab::os {
namespace {

constexpr unsigned long kFlags = MS_NOATIME | MS_NODEV | MS_NOSUID | MS_NOEXEC;

std::string remedy_for(int code, const std::string& type) {
  if (code == ENODEV) return "use a kernel with " + type + " (docs/setup.md#media)";
  if (code == EPERM || code == EACCES) return "run as root on the host itself (docs/setup.md#media)";
  return "the kernel's log (dmesg) may say more";
}

}  // namespace

Result<> mount_at(const std::string& point, const MountRequest& request) {
  if (::mount(request.source.c_str(), point.c_str(), request.type.c_str(), kFlags, request.options.c_str()) !=
      0) {
    return os_failure("mount " + request.type + " of " + request.source + " on " + point,
                      remedy_for(errno, request.type));
  }
  if (::mount(nullptr, point.c_str(), nullptr, MS_PRIVATE, nullptr) == 0) return {};
  auto failure = os_failure("make the mount " + point + " private");
  ::umount2(point.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  return failure;
}

Result<> unmount(const std::string& point, Detach detach) {
  const int flags = UMOUNT_NOFOLLOW | (detach == Detach::anyway ? MNT_DETACH : 0);
  if (::umount2(point.c_str(), flags) == 0) return {};
  return os_failure("unmount " + point, errno == EBUSY ? "end what uses it" : "");
}

}  // namespace faultlab::os
