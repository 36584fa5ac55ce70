// Lines over pipes.
#include "os/line_channel.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace faultlab::os {

Result<std::optional<std::string>> LineReader::next() {
  for (;;) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    std::array<char, 4096> chunk;
    const ssize_t got = ::read(fd_.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_failure("read from a pipe");
    if (got == 0) return std::nullopt;
    pending_.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

Result<> LineWriter::send(std::string_view line) {
  return write_all(fd_, std::string(line) + '\n', "write to a pipe");
}

}  // namespace faultlab::os
