// Terminals.
#include "os/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace faultlab::os {

std::size_t terminal_columns(std::FILE* stream) {
  constexpr std::size_t kUsual = 80;
  const int fd = ::fileno(stream);
  if (fd < 0 || ::isatty(fd) != 1) return 0;
  const char* kind = std::getenv("TERM");
  if (kind != nullptr && std::string_view(kind) == "dumb") return 0;
  winsize size{};
  // tty_ioctl(2): a terminal that nobody has told its size answers zeros.
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

}  // namespace faultlab::os
