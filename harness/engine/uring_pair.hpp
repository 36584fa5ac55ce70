// Two operations of an io_uring, the second of which begins when the first has ended well.
#pragma once

#include <cerrno>
#include <utility>

#include "catalogue/engine_spec.hpp"
#include "os/uring_queue.hpp"

namespace faultlab::engine {

class UringPair {
 public:
  static Result<UringPair> make() {
    auto queue = os::UringQueue::make(2);
    if (!queue) return propagate(std::move(queue));
    return UringPair(std::move(*queue));
  }

  struct Results {
    int error = 0;  // errno of the call itself
    int first = 0;
    int second = 0;  // -ECANCELED where the first failed or was short (io_uring_enter(2), IOSQE_IO_LINK)
  };

  // Each of the two fills an entry.
  template <class First, class Second>
  Results run(Sent& sent, First first, Second second) const noexcept {
    io_uring_sqe* const one = ::io_uring_get_sqe(queue_.ring());
    first(one);
    one->flags |= IOSQE_IO_LINK;
    second(::io_uring_get_sqe(queue_.ring()));
    Results results;
    // A signal ends the wait, and the call then says how much it has submitted, as if all were well.
    while (::io_uring_cq_ready(queue_.ring()) < 2) {
      results.error = queue_.enter(2);
      ++sent.calls;
      if (results.error != 0 && results.error != EINTR) return results;
    }
    results.error = 0;
    results.first = take();
    results.second = take();
    return results;
  }

 private:
  explicit UringPair(os::UringQueue queue) : queue_(std::move(queue)) {}

  // The result of the next completion, which is there.
  int take() const noexcept {
    io_uring_cqe* done = nullptr;
    if (const int error = ::io_uring_peek_cqe(queue_.ring(), &done); error != 0) return error;
    const int result = done->res;
    ::io_uring_cqe_seen(queue_.ring(), done);
    return result;
  }

  os::UringQueue queue_;
};

// Is this a result after which the rest is to be moved in another way?
constexpr bool can_go_on(int result) {
  return result >= 0 || result == -EAGAIN || result == -EINTR || result == -ECANCELED;
}

}  // namespace faultlab::engine
