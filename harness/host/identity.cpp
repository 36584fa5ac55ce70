// Processes by pid and start time.
#include "host/identity.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "host/text.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

constexpr int kKillPatienceMs = 5000;

struct Stat {
  char state = '?';
  std::uint64_t start_ticks = 0;
};

Result<Stat> stat_of(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  auto text = os::read_text(path);
  if (!text) return propagate(std::move(text));
  // Field 2 is the command in brackets and may itself hold blanks and brackets: count from the last.
  const auto close = text->rfind(')');
  const auto fields =
      words_of(close == std::string::npos ? std::string_view{} : std::string_view(*text).substr(close + 1));
  constexpr std::size_t kState = 3 - 3, kStart = 22 - 3;
  const auto ticks = fields.size() > kStart ? to_number(fields[kStart]) : std::nullopt;
  if (!ticks) return fail("read " + path + ": it has no start time in field 22");
  return Stat{fields[kState].front(), *ticks};
}

}  // namespace

Result<std::string> boot_id() {
  auto text = os::read_text("/proc/sys/kernel/random/boot_id");
  if (!text) return propagate(std::move(text), "tell this boot from others");
  return std::string(trim(*text));
}

Result<std::uint64_t> start_ticks(pid_t pid) {
  auto stat = stat_of(pid);
  if (!stat) return propagate(std::move(stat));
  return stat->start_ticks;
}

bool is_alive(pid_t pid, std::uint64_t ticks) {
  const auto stat = stat_of(pid);
  return stat && stat->start_ticks == ticks && stat->state != 'Z' && stat->state != 'X';
}

Result<> kill_process(pid_t pid, std::uint64_t ticks) {
  const std::string doing = "kill process " + std::to_string(pid);
  // The descriptor names one process for good, so that the check and the signal mean the same one.
  const os::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.held()) {
    if (errno == ESRCH) return {};
    return os::os_failure(doing);
  }
  if (!is_alive(pid, ticks)) return {};
  if (::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) != 0 && errno != ESRCH) {
    return os::os_failure(doing, "run as the user who started it, or as root");
  }
  pollfd end{process.get(), POLLIN, 0};  // readable once the process has ended (pidfd_open(2))
  if (::poll(&end, 1, kKillPatienceMs) == 1) return {};
  return fail(doing + ": it still runs after SIGKILL",
              "it waits in the kernel, often for a device; look at "
              "/proc/" +
                  std::to_string(pid) + "/stack, then run `faultlab recover` again");
}

}  // namespace faultlab::host
