// SIGINT, SIGTERM and SIGHUP as something to poll, so that an interrupt is handled between two steps
// and every guard's destructor runs.
#pragma once

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

class SignalGate {
 public:
  // Blocks the signals for this process; children unblock them before exec.
  static Result<SignalGate> open();
  SignalGate(SignalGate&&) noexcept = default;
  ~SignalGate();

  const Fd& fd() const { return fd_; }  // readable when a signal waits
  // True once any of the signals has come; stays true.
  bool raised();

 private:
  explicit SignalGate(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  bool raised_ = false;
};

// Sleeps until one of the descriptors is readable or the time is over; a bit per descriptor, in
// order. Unheld descriptors never become readable.
Result<unsigned> wait_readable(std::initializer_list<const Fd*> descriptors, int timeout_ms);

}  // namespace faultlab::os
