// Waits for a death, then recovers.
#include "host/guardian.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/journal.hpp"
#include "host/text.hpp"
#include "os/fd.hpp"
#include "os/signal_gate.hpp"

namespace faultlab::host {

Result<os::Child> Guardian::spawn(const std::string& journal_folder) {
  const auto nowhere = os::open_fd("/dev/null", O_RDWR);
  if (!nowhere) return Failure(nowhere.error());
  return os::Child::spawn(
      {.program = os::kOwnProgram,
       .arguments = {"faultlab", kGuardianWord, journal_folder, std::to_string(::getpid())},
       // Whoever waits for the end of our output shall not wait for the guardian.
       .descriptors = {{nowhere->get(), 0}, {nowhere->get(), 1}, {nowhere->get(), 2}},
       .dies_with_parent = false});
}

Result<Guardian> Guardian::start(std::string journal_folder) {
  auto child = spawn(journal_folder);
  if (!child) return propagate(std::move(child), "start the guardian");
  return Guardian(std::move(journal_folder), std::move(*child));
}

Result<> Guardian::renew() {
  const auto ended = os::wait_readable({&child_->pidfd()}, 0);
  if (ended && *ended == 0) return {};
  auto child = spawn(folder_);
  if (!child) return propagate(std::move(child), "start the guardian again");
  child_.emplace(std::move(*child));
  return {};
}

int work_as_guardian(const std::string& journal_folder, const std::string& watched) {
  // Meant for the run, which handles them; what is sent to all of its processes must not end its guardian.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(signal, SIG_IGN);
  const auto pid = static_cast<pid_t>(to_number(watched).value_or(0));
  const os::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  // Nothing to wait for where it has died already, and another process got its number since: we were
  // given to init, or to a subreaper, then.
  if (process.held() && ::getppid() == pid) {
    constexpr int kForEver = -1;
    if (const auto ended = os::wait_readable({&process}, kForEver); !ended) return 1;
  }
  const auto recovered = recover(journal_folder);
  if (!recovered) return 1;
  for (const auto& each : *recovered) {
    if (!each.done) return 1;
  }
  return 0;
}

}  // namespace faultlab::host
