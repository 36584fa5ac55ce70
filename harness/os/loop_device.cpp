// Loop devices by ioctl(2).
#include "os/loop_device.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace faultlab::os {
namespace {

constexpr const char* kLoopRemedy = "run as root on a kernel with loop devices (docs/setup.md#swap)";

}  // namespace

std::string loop_path(unsigned number) { return fmt::format("/dev/loop{}", number); }

Result<unsigned> free_loop_device() {
  auto control = open_fd("/dev/loop-control", O_RDWR);
  if (!control) {
    control.error().remedy = kLoopRemedy;
    return propagate(std::move(control), "find a free loop device");
  }
  const int number = ::ioctl(control->get(), LOOP_CTL_GET_FREE);
  if (number < 0) return os_failure("find a free loop device", kLoopRemedy);
  return static_cast<unsigned>(number);
}

Result<> bind_loop(unsigned number, const Fd& file, const std::string& path, LoopReads reads) {
  auto device = open_fd(loop_path(number), O_RDWR);
  if (!device) return propagate(std::move(device), "bind a loop device to " + path);
  loop_config config{};
  config.fd = static_cast<std::uint32_t>(file.get());
  config.info.lo_flags = reads == LoopReads::direct ? LO_FLAGS_DIRECT_IO : 0;
  const std::size_t most = sizeof config.info.lo_file_name - 1;
  std::memcpy(config.info.lo_file_name, path.data(), std::min(path.size(), most));
  if (::ioctl(device->get(), LOOP_CONFIGURE, &config) == 0) return {};
  return os_failure(fmt::format("bind {} to {}", loop_path(number), path), kLoopRemedy);
}

Result<> clear_loop(unsigned number) {
  auto device = open_fd(loop_path(number), O_RDWR);
  if (!device) return device.error().code == ENOENT ? Result<>() : propagate(std::move(device));
  if (::ioctl(device->get(), LOOP_CLR_FD) == 0 || errno == ENXIO) return {};
  return os_failure("clear " + loop_path(number), "unmount what lies on it");
}

}  // namespace faultlab::os
