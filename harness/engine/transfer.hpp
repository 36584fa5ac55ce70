// Engines that move blocks of the dataset to a sink. What they are made of is a Move: a callable that moves
// one block and counts what it took, made by Move::make(source, sink, setup).
#pragma once

#include <poll.h>
#include <sys/mman.h>

#include <cerrno>
#include <concepts>
#include <memory>
#include <utility>

#include "engine/consume.hpp"
#include "engine/dispatch.hpp"
#include "engine/policy.hpp"
#include "engine/reading_file.hpp"

namespace faultlab::engine {

// What write(2) copies into a sink: all of it, but into what looks at nothing.
constexpr std::optional<unsigned> copies_by_write(SinkKind kind) { return kind == SinkKind::device ? 0 : 1; }
// What splice(2) and sendfile(2) copy: they hand pages on, but a file gets its own (fs/splice.c,
// iter_file_splice_write).
constexpr std::optional<unsigned> copies_by_splice(SinkKind kind) { return kind == SinkKind::file ? 1 : 0; }

// Waits until a full sink takes more, which a system call has been spent on, too.
inline void wait_for_room(int sink, Sent& sent) noexcept {
  pollfd room{.fd = sink, .events = POLLOUT, .revents = 0};
  ::poll(&room, 1, -1);
  ++sent.calls;
}

// Repeats a system call that moves up to `size - done` bytes until all have been moved: short returns are
// continued, interrupted ones repeated, a full sink is waited for. 0, or errno; EIO where the source has
// ended.
template <class Call>
int move_all(std::size_t size, int sink, Sent& sent, Call call) noexcept {
  for (std::size_t done = 0; done < size;) {
    const ssize_t moved = call(done);
    ++sent.calls;
    if (moved == static_cast<ssize_t>(size)) [[likely]]
      return 0;
    if (moved == 0) return EIO;
    if (moved > 0) {
      done += static_cast<std::size_t>(moved);
      if (done < size) ++sent.partial_calls;
    } else if (errno == EAGAIN) {
      wait_for_room(sink, sent);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

// write(2) of a whole block.
inline int write_all(int sink, const std::byte* from, std::size_t size, Sent& sent) noexcept {
  return move_all(size, sink, sent,
                  [=](std::size_t done) { return ::write(sink, from + done, size - done); });
}

template <class Move, Latency kLatency>
class TransferAccessor final : public Accessor {
 public:
  TransferAccessor(Move move, const AccessSetup& setup) : move_(std::move(move)), stop_(stop_flag(setup)) {}

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    return each_access<kLatency>(offsets, stop_, {}, recorder_, [this](std::uint64_t offset, std::uint64_t&) {
      return move_(offset, sent_);
    });
  }

  void begin_session(std::uint64_t) override { sent_ = {}; }
  Sent sent() const override { return sent_; }

  BatchResult complete() noexcept override {
    BatchResult rest;
    if constexpr (requires {
                    { move_.complete(sent_) } -> std::same_as<int>;
                  }) {
      rest.error = move_.complete(sent_);
    }
    return rest;
  }

 private:
  Move move_;
  const std::atomic<std::uint32_t>& stop_;
  Sent sent_;
};

// `source` is what Move::make takes: the file's descriptor, or its mapping.
template <class Move, class Source>
Result<std::unique_ptr<Accessor>> transfer_worker(Source&& source, unsigned index, const AccessSetup& setup) {
  auto move = Move::make(source, setup.connections[index].sender.get(), setup);
  if (!move) return propagate(std::move(move));
  return with_latency(setup.latency, [&](auto latency) -> std::unique_ptr<Accessor> {
    return std::make_unique<TransferAccessor<Move, latency()>>(std::move(*move), setup);
  });
}

// From the file's descriptor, which all workers share; so their calls take a position.
template <class Move>
class FromFile final : public OpenedFile {
 public:
  explicit FromFile(int flags = O_RDONLY) : OpenedFile(flags) {}

  Result<std::unique_ptr<Accessor>> worker(unsigned index) override {
    return transfer_worker<Move>(file().get(), index, setup());
  }
};

// From a shared mapping of the file; where it is populated, that is the engine's beginning.
template <class Move>
class FromMapping final : public Engine {
 public:
  explicit FromMapping(bool populated = false) : populated_(populated) {}

  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    auto fd = os::open_fd(setup.path, O_RDONLY);
    if (!fd) return propagate(std::move(fd));
    fd_ = std::move(*fd);
    return populated_ ? Result<>() : map(0);
  }

  Result<> begin() override {
    if (populated_) return map(MAP_POPULATE);
    return does_io(setup_.advice) ? advise(mapping_, setup_.advice) : Result<>();
  }

  Result<std::unique_ptr<Accessor>> worker(unsigned index) override {
    return transfer_worker<Move>(mapping_, index, setup_);
  }
  std::span<std::byte> memory() const noexcept override { return mapping_.bytes(); }

 private:
  Result<> map(int flags) {
    auto mapping = os::Mapping::of_file(fd_, setup_.size, PROT_READ, MAP_SHARED | flags);
    if (!mapping) return propagate(std::move(mapping), setup_.path);
    mapping_ = std::move(*mapping);
    return does_io(setup_.advice) ? Result<>() : advise(mapping_, setup_.advice);
  }

  bool populated_;
  AccessSetup setup_;
  os::Fd fd_;
  os::Mapping mapping_;
};

}  // namespace faultlab::engine
