// ioctl_userfaultfd(2).
#include "os/user_faults.hpp"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/units.hpp"

namespace faultlab::os {
namespace {

struct Asked {
  std::uint64_t features;
  std::uint64_t mode;
};

Asked asked_of(UserFaults::Kind kind) {
  switch (kind) {
    case UserFaults::Kind::missing:
      return {0, UFFDIO_REGISTER_MODE_MISSING};
    case UserFaults::Kind::minor:
      return {UFFD_FEATURE_MINOR_SHMEM, UFFDIO_REGISTER_MODE_MINOR};
    case UserFaults::Kind::write_protected:
      return {UFFD_FEATURE_PAGEFAULT_FLAG_WP, UFFDIO_REGISTER_MODE_WP};
  }
  return {};
}

std::uint64_t number_of(const std::byte* at) { return reinterpret_cast<std::uintptr_t>(at); }

Failure refused(const char* doing, int code, const char* remedy = "") {
  return fail(std::string(doing) + ": " + std::generic_category().message(code), remedy,
              code == ENOSYS || code == EINVAL ? EOPNOTSUPP : code);
}

}  // namespace

Result<UserFaults> UserFaults::open(Kind kind) {
  Fd fd(static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK)));
  if (!fd.held())
    return refused("open a userfaultfd", errno, "run as root, or set vm.unprivileged_userfaultfd to 1");
  uffdio_api api{.api = UFFD_API, .features = asked_of(kind).features, .ioctls = 0};
  if (::ioctl(fd.get(), UFFDIO_API, &api) != 0) return refused("ask userfaultfd for its features", errno);
  return UserFaults(std::move(fd), kind);
}

Result<> UserFaults::watch(std::byte* at, std::uint64_t pages) const {
  const uffdio_range range{number_of(at), pages * kPage.value};
  uffdio_register area{.range = range, .mode = asked_of(kind_).mode, .ioctls = 0};
  if (::ioctl(fd_.get(), UFFDIO_REGISTER, &area) != 0) return refused("watch memory by userfaultfd", errno);
  if (kind_ != Kind::write_protected) return {};
  uffdio_writeprotect protect{.range = range, .mode = UFFDIO_WRITEPROTECT_MODE_WP};
  if (::ioctl(fd_.get(), UFFDIO_WRITEPROTECT, &protect) != 0)
    return refused("write-protect memory by userfaultfd", errno);
  return {};
}

std::optional<std::uint64_t> UserFaults::next(int milliseconds) const {
  pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, milliseconds) <= 0) return std::nullopt;
  uffd_msg message{};
  if (::read(fd_.get(), &message, sizeof message) != sizeof message) return std::nullopt;
  if (message.event != UFFD_EVENT_PAGEFAULT) return std::nullopt;
  return message.arg.pagefault.address / kPage.value * kPage.value;
}

int UserFaults::copy_in(std::uint64_t at, const std::byte* source, std::size_t size) const {
  for (std::size_t done = 0; done < size;) {
    uffdio_copy copy{
        .dst = at + done, .src = number_of(source + done), .len = size - done, .mode = 0, .copy = 0};
    if (::ioctl(fd_.get(), UFFDIO_COPY, &copy) == 0) return 0;
    // Memory is being mapped or unmapped meanwhile: `copy` says how far it came, or has the error itself.
    if (errno != EAGAIN) return errno;
    if (copy.copy > 0) done += static_cast<std::size_t>(copy.copy);
  }
  return 0;
}

void UserFaults::wake(std::uint64_t at, std::size_t size) const {
  uffdio_range range{at, size};
  ::ioctl(fd_.get(), UFFDIO_WAKE, &range);
}

bool UserFaults::let_be_mapped(std::uint64_t page) const {
  uffdio_continue map{.range = {page, kPage.value}, .mode = 0, .mapped = 0};
  return ::ioctl(fd_.get(), UFFDIO_CONTINUE, &map) == 0;
}

bool UserFaults::allow_write(std::uint64_t page) const {
  uffdio_writeprotect allow{.range = {page, kPage.value}, .mode = 0};
  return ::ioctl(fd_.get(), UFFDIO_WRITEPROTECT, &allow) == 0;
}

}  // namespace faultlab::os
