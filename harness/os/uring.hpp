// One read at a time, or a batch, through io_uring (liburing).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

class Uring {
 public:
  // An error with code EOPNOTSUPP where the kernel has no io_uring or does not let this process use it.
  static Result<Uring> make(unsigned entries);
  Uring(Uring&&) noexcept;
  Uring& operator=(Uring&&) noexcept;
  ~Uring();

  // Reads `size` bytes at each offset into `buffer`, one after another in it, all submitted by one
  // io_uring_enter(2) that waits for all. At most `entries` offsets.
  Result<> read(const Fd& fd, std::span<const std::uint64_t> offsets, std::size_t size, std::byte* buffer);

 private:
  struct State;
  explicit Uring(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace faultlab::os
