// The owner of an io_uring (liburing), for those who fill its entries themselves.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <memory>
#include <span>

#include "base/result.hpp"

namespace faultlab::os {

class UringQueue {
 public:
  // An error with code EOPNOTSUPP where the kernel has no io_uring or does not let this process use it.
  // `flags` of io_uring_setup(2).
  static Result<UringQueue> make(unsigned entries, unsigned flags = 0);

  io_uring* ring() const { return ring_.get(); }
  // io_uring_register(2): one buffer for each part of `memory` of `size` bytes, by their numbers; one file,
  // 0.
  Result<> register_buffers(std::span<std::byte> memory, std::size_t size) const;
  Result<> register_file(int file) const;
  // One io_uring_enter(2): submits what has been filled, and waits for so many completions. 0, or an errno.
  int enter(unsigned wait_for) const noexcept;

 private:
  struct Exit {
    void operator()(io_uring* ring) const {
      ::io_uring_queue_exit(ring);
      delete ring;
    }
  };
  explicit UringQueue(std::unique_ptr<io_uring, Exit> ring) : ring_(std::move(ring)) {}
  std::unique_ptr<io_uring, Exit> ring_;
};

}  // namespace faultlab::os
