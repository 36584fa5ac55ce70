// Catches SIGSEGV and SIGBUS of one's own accesses (sigaction(2)).
#pragma once

#include <setjmp.h>
#include <signal.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.hpp"

namespace faultlab::os {

// One per process: signal dispositions are. The old ones come back with the destructor.
class SignalCatcher {
 public:
  static Result<SignalCatcher> install();
  SignalCatcher(SignalCatcher&& other) noexcept : old_(other.old_), installed_(other.installed_) {
    other.installed_ = false;
  }
  SignalCatcher& operator=(SignalCatcher&&) = delete;
  ~SignalCatcher();
  void keep() { installed_ = false; }  // to the end of the process

 private:
  SignalCatcher() = default;
  std::array<struct sigaction, 2> old_{};
  bool installed_ = true;
};

// Reads a byte at each of `count` addresses, `stride` bytes apart; how many ended in a signal.
// A SignalCatcher stands. Allocates nothing.
std::uint64_t count_signals(const std::byte* at, std::uint64_t count, std::size_t stride);

// Makes the catcher repair instead of report: from now on it makes each faulting page accessible
// (mprotect(2) in the handler), and the access is repeated.
void repair_in_handler(bool repair);

}  // namespace faultlab::os
