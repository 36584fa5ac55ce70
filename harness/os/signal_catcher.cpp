// Signal handlers that jump back, or repair.
#include "os/signal_catcher.hpp"

#include <sys/mman.h>

#include "base/units.hpp"
#include "os/fd.hpp"

namespace faultlab::os {
namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS};

sigjmp_buf resume;
volatile sig_atomic_t repairing = 0;

void note_signal(int, siginfo_t* info, void*) {
  if (repairing != 0) {
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr) & ~(kPage.value - 1);
    if (::mprotect(reinterpret_cast<void*>(address), kPage.value, PROT_READ | PROT_WRITE) == 0) return;
  }
  siglongjmp(resume, 1);
}

}  // namespace

Result<SignalCatcher> SignalCatcher::install() {
  struct sigaction action {};
  action.sa_sigaction = note_signal;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  SignalCatcher catcher;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (::sigaction(kSignals[i], &action, &catcher.old_[i]) != 0) return os_failure("catch a signal");
  }
  return catcher;
}

SignalCatcher::~SignalCatcher() {
  if (!installed_) return;
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
}

std::uint64_t count_signals(const std::byte* at, std::uint64_t count, std::size_t stride) {
  // Volatile: they change between sigsetjmp and siglongjmp (setjmp(3)).
  volatile std::uint64_t i = 0;
  volatile std::uint64_t caught = 0;
  // SA_NODEFER: no mask has to be restored, so no system call is made for it.
  if (sigsetjmp(resume, 0) != 0) {
    caught = caught + 1;
    i = i + 1;
  }
  while (i < count) {
    static_cast<void>(*static_cast<const volatile std::byte*>(at + i * stride));
    i = i + 1;
  }
  return caught;
}

void repair_in_handler(bool repair) { repairing = repair ? 1 : 0; }

}  // namespace faultlab::os
