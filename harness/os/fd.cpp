// File descriptors.
#include "os/fd.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace faultlab::os {

void Fd::reset() {
  if (raw_ >= 0) ::close(raw_);
  raw_ = -1;
}

Failure os_failure(std::string doing, std::string remedy) {
  const int code = errno;
  return fail(std::move(doing) + ": " + std::generic_category().message(code), std::move(remedy), code);
}

Result<Fd> open_fd(const std::string& path, int flags, unsigned mode) {
  const int raw = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (raw < 0) return os_failure("open " + path);
  return Fd(raw);
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return os_failure("make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Result<Fd> make_memfd(const char* name, Bytes size) {
  Fd fd(::memfd_create(name, MFD_CLOEXEC));
  if (!fd.held()) return os_failure("make shared memory");
  if (::ftruncate(fd.get(), static_cast<off_t>(size.value)) != 0) return os_failure("size shared memory");
  return fd;
}

bool move_to(int raw, int target) {
  if (raw == target) return ::fcntl(raw, F_SETFD, 0) == 0;
  return ::dup2(raw, target) == target;
}

Result<> write_all(const Fd& fd, std::string_view bytes, const std::string& doing) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd.get(), bytes.data(), bytes.size());
    if (wrote < 0) {
      if (errno == EINTR) continue;
      return os_failure(doing);
    }
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<std::string> read_all(const Fd& fd, const std::string& doing) {
  std::string text;
  std::array<char, 16384> chunk;
  for (;;) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0) {
      if (errno == EINTR) continue;
      return os_failure(doing);
    }
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace faultlab::os
