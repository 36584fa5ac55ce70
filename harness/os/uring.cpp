// Reads through an io_uring.
#include "os/uring.hpp"

#include <cerrno>
#include <system_error>

#include "os/uring_queue.hpp"

namespace faultlab::os {

struct Uring::State {
  UringQueue queue;
};

Uring::Uring(std::unique_ptr<State> state) : state_(std::move(state)) {}
Uring::Uring(Uring&&) noexcept = default;
Uring& Uring::operator=(Uring&&) noexcept = default;
Uring::~Uring() = default;

Result<Uring> Uring::make(unsigned entries) {
  auto queue = UringQueue::make(entries);
  if (!queue) return propagate(std::move(queue));
  return Uring(std::make_unique<State>(std::move(*queue)));
}

Result<> Uring::read(const Fd& fd, std::span<const std::uint64_t> offsets, std::size_t size,
                     std::byte* buffer) {
  io_uring* const ring = state_->queue.ring();
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    io_uring_sqe* const entry = ::io_uring_get_sqe(ring);
    if (entry == nullptr) return fail("more reads than the ring has entries", {}, EINVAL);
    ::io_uring_prep_read(entry, fd.get(), buffer + i * size, static_cast<unsigned>(size), offsets[i]);
  }
  if (const int sent = ::io_uring_submit_and_wait(ring, static_cast<unsigned>(offsets.size())); sent < 0) {
    return fail("submit to an io_uring: " + std::generic_category().message(-sent), {}, -sent);
  }
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    io_uring_cqe* done = nullptr;
    if (const int waited = ::io_uring_wait_cqe(ring, &done); waited < 0) {
      return fail("wait for an io_uring: " + std::generic_category().message(-waited), {}, -waited);
    }
    const int got = done->res;
    ::io_uring_cqe_seen(ring, done);
    if (got < 0) return fail("read: " + std::generic_category().message(-got), {}, -got);
    if (static_cast<std::size_t>(got) != size) return fail("read less than was asked for", {}, EIO);
  }
  return {};
}

}  // namespace faultlab::os
