// The handler of SIGBUS.
#include "os/bus_error.hpp"

#include <signal.h>

#include "os/fd.hpp"

namespace faultlab::os {
namespace {

void (*listener)(void*, std::uintptr_t) = nullptr;
void* listener_context = nullptr;

// BUS_ADRERR only: a memory error of the machine (BUS_MCEERR_AR) is no failure of the storage, and a signal
// that somebody sent has no address (sigaction(2)).
void on_signal(int, siginfo_t* info, void*) {
  if (info->si_code == BUS_ADRERR)
    listener(listener_context, reinterpret_cast<std::uintptr_t>(info->si_addr));
  // The access is repeated when this returns; a signal that was sent is not.
  ::signal(SIGBUS, SIG_DFL);
  if (info->si_code <= 0) ::raise(SIGBUS);
}

}  // namespace

Result<> on_bus_error(void (*told)(void* context, std::uintptr_t address), void* context) {
  listener = told;
  listener_context = context;
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  if (::sigaction(SIGBUS, &action, nullptr) != 0) return os_failure("catch SIGBUS");
  return {};
}

}  // namespace faultlab::os
