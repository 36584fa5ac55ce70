// Rings of liburing, owned.
#include "os/uring.hpp"

#include <liburing.h>

#include <cerrno>

namespace faultlab::os {

struct Uring::State {
  io_uring ring{};
  ~State() { ::io_uring_queue_exit(&ring); }
};

Uring::Uring(std::unique_ptr<State> state) : state_(std::move(state)) {}
Uring::Uring(Uring&&) noexcept = default;
Uring& Uring::operator=(Uring&&) noexcept = default;
Uring::~Uring() = default;

Result<Uring> Uring::make(unsigned entries) {
  io_uring ring{};
  if (const int made = ::io_uring_queue_init(entries, &ring, 0); made < 0) {
    const bool refused = made == -ENOSYS || made == -EPERM;
    return fail("make an io_uring: " + std::generic_category().message(-made),
                "use Linux 5.6 or later with kernel.io_uring_disabled=0", refused ? EOPNOTSUPP : -made);
  }
  auto state = std::make_unique<State>();
  state->ring = ring;
  return Uring(std::move(state));
}

Result<> Uring::read(const Fd& fd, std::span<const std::uint64_t> offsets, std::size_t size,
                     std::byte* buffer) {
  io_uring* const ring = &state_->ring;
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
