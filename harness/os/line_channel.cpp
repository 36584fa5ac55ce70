// Lines over pipes.
#include "os/line_channel.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace faultlab::os {

std::optional<std::string> LineReader::held_line() {
  const auto end = pending_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = pending_.substr(0, end);
  pending_.erase(0, end + 1);
  return line;
}

Result<std::size_t> LineReader::read_more() {
  std::array<char, 4096> chunk;
  for (;;) {
    const ssize_t got = ::read(fd_.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_failure("read from a pipe");
    pending_.append(chunk.data(), static_cast<std::size_t>(got));
    return static_cast<std::size_t>(got);
  }
}

Result<std::optional<std::string>> LineReader::next() {
  for (;;) {
    if (auto line = held_line()) return line;
    const auto got = read_more();
    if (!got) return Failure(got.error());
    if (*got == 0) return std::nullopt;
  }
}

Result<std::optional<std::string>> LineReader::next_if_there() {
  for (;;) {
    if (auto line = held_line()) return line;
    pollfd readable{fd_.get(), POLLIN, 0};
    if (::poll(&readable, 1, 0) <= 0 || (readable.revents & POLLIN) == 0) return std::nullopt;
    const auto got = read_more();
    if (!got) return Failure(got.error());
    if (*got == 0) return std::nullopt;
  }
}

Result<> LineWriter::send(std::string_view line) {
  return write_all(fd_, std::string(line) + '\n', "write to a pipe");
}

}  // namespace faultlab::os
