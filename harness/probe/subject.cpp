// The trial's process, and its dataset as the kernel knows it.
#include "probe/subject.hpp"

#include <sys/sysmacros.h>

#include "os/file.hpp"

namespace faultlab {

Result<faultlab_subject> subject_of(const ProbeTarget& target) {
  if (target.files.empty()) return fail("the trial has no file whose pages could be looked for");
  const auto status = os::file_status(target.files.front().path);
  if (!status) return Failure(status.error());
  constexpr unsigned kMinorBits = 20;  // include/linux/kdev_t.h
  return faultlab_subject{.inode = status->inode,
                          .device = (major(status->device) << kMinorBits) | minor(status->device),
                          .process = static_cast<unsigned>(target.pid)};
}

}  // namespace faultlab
