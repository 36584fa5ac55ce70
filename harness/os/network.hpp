// Network namespaces of this program's own: nothing in them is seen by anyone else, and they are gone with
// the last socket.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

// Runs `act` in a thread with two fresh network namespaces, the second of which it is in: it can go between
// them. The caller's own namespace stays as it is (unshare(2), CLONE_NEWNET is per thread).
class TwoNetworks {
 public:
  // Where the thread is now.
  Result<> enter_first() const { return enter(first_); }
  Result<> enter_second() const { return enter(second_); }
  // What a program takes as the name of the first one's file.
  std::string path_of_first() const;

  static Result<> with(const std::function<Result<>(const TwoNetworks&)>& act);

 private:
  static Result<TwoNetworks> make();
  static Result<> enter(const Fd& space);
  Fd first_;
  Fd second_;
};

// A packet that its receiver is through with may wait on the CPU that made it until that CPU next receives
// one (net/core/skbuff.c, skb_attempt_defer_free), and with it the pages that it consists of. Sends one on
// each CPU.
Result<> let_go_of_received_packets();

}  // namespace faultlab::os
