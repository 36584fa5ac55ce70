// Signals through signalfd(2).
#include "os/signal_gate.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace faultlab::os {
namespace {

sigset_t gated_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

Result<SignalGate> SignalGate::open() {
  const sigset_t set = gated_signals();
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return os_failure("block signals");
  // A trial that dies must not take the parent with it through a closed pipe.
  ::signal(SIGPIPE, SIG_IGN);
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.held()) return os_failure("open a signalfd");
  return SignalGate(std::move(fd));
}

SignalGate::~SignalGate() {
  if (!fd_.held()) return;
  // A second interrupt during clean-up is spent here, not delivered when the mask is lifted.
  raised();
  const sigset_t set = gated_signals();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

bool SignalGate::raised() {
  signalfd_siginfo info;
  while (::read(fd_.get(), &info, sizeof info) == sizeof info) raised_ = true;
  return raised_;
}

Result<unsigned> wait_readable(std::initializer_list<const Fd*> descriptors, int timeout_ms) {
  std::vector<pollfd> polled;
  for (const Fd* fd : descriptors) polled.push_back({fd->get(), POLLIN, 0});
  const int ready = ::poll(polled.data(), polled.size(), timeout_ms);
  if (ready < 0 && errno != EINTR) return os_failure("poll");
  unsigned bits = 0;
  if (ready > 0) {
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents != 0) bits |= 1U << i;
    }
  }
  return bits;
}

}  // namespace faultlab::os
