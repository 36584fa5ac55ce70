// The engine `zerocopy_send`: the mapping's own pages on the wire, and the kernel's word on whether they
// were.
#include <netinet/in.h>
#include <sys/socket.h>

#include "engine/transfer.hpp"
#include "os/socket.hpp"

namespace faultlab {
namespace {

// The bytes of sends that the kernel has not reported as complete, by their numbers, which it counts from 0
// for each socket (Documentation/networking/msg_zerocopy.rst).
class Outstanding {
 public:
  bool full() const { return begun_ - ended_ == kMost; }
  bool none() const { return begun_ == ended_; }
  void begin(std::size_t bytes) { sizes_[begun_++ % kMost] = bytes; }

  // Counts the bytes of the sends `done.first` to `done.last`.
  void end(const os::Completions& done, Sent& sent) {
    for (std::uint32_t each = done.first; each != done.last + 1; ++each) {
      const std::size_t bytes = sizes_[each % kMost];
      sent.zero_copy_bytes += bytes;
      if (done.copied) sent.copied_after_all_bytes += bytes;
      ++ended_;
    }
  }

 private:
  static constexpr std::uint32_t kMost = 1024;
  std::array<std::size_t, kMost> sizes_{};
  std::uint32_t begun_ = 0;
  std::uint32_t ended_ = 0;
};

class ZeroCopyMove {
 public:
  // `mapping` outlives it; it may be made after it, but before the first block.
  static Result<ZeroCopyMove> make(const os::Mapping& mapping, int sink, const AccessSetup& setup) {
    auto asked = os::set_option(sink, SOL_SOCKET, SO_ZEROCOPY, 1, "let the socket send without a copy");
    if (!asked) return propagate(std::move(asked));
    return ZeroCopyMove(mapping, sink, setup.block.value);
  }

  int operator()(std::uint64_t offset, Sent& sent) noexcept {
    const std::byte* const from = mapping_.data() + offset;
    for (std::size_t done = 0; done < block_;) {
      if (outstanding_->full()) {
        if (const int error = reap(sent); error != 0) return error;
      }
      const ssize_t moved = ::send(sink_, from + done, block_ - done, MSG_ZEROCOPY);
      ++sent.calls;
      if (moved > 0) {
        outstanding_->begin(static_cast<std::size_t>(moved));
        done += static_cast<std::size_t>(moved);
        if (done < block_) ++sent.partial_calls;
      } else if (moved < 0) {
        if (const int error = get_over(errno, sent); error != 0) return error;
      }
    }
    take_what_is_there(sent);
    return 0;
  }

  // Waits until every send is reported.
  int complete(Sent& sent) noexcept {
    while (!outstanding_->none()) {
      if (const int error = reap(sent); error != 0) return error;
    }
    return 0;
  }

 private:
  ZeroCopyMove(const os::Mapping& mapping, int sink, std::size_t block)
      : mapping_(mapping), sink_(sink), block_(block), outstanding_(std::make_unique<Outstanding>()) {}

  // 0 where the call can be tried again.
  int get_over(int error, Sent& sent) noexcept {
    if (error == EINTR) return 0;
    if (error == EAGAIN) {
      engine::wait_for_room(sink_, sent);
      return 0;
    }
    // What is on its way fills the socket's option memory (net.core.optmem_max): less on its way is the cure.
    if (error == ENOBUFS && !outstanding_->none()) return reap(sent);
    return error;
  }

  bool take(Sent& sent) noexcept {
    const auto done = os::next_completions(sink_);
    ++sent.calls;
    if (done) outstanding_->end(*done, sent);
    return done.has_value();
  }

  void take_what_is_there(Sent& sent) noexcept {
    if (outstanding_->none()) return;
    while (take(sent)) {
    }
  }

  // At least one completion; 0, or errno.
  int reap(Sent& sent) noexcept {
    while (!take(sent)) {
      ++sent.calls;
      if (!os::wait_for_completions(sink_)) return EPIPE;
    }
    return 0;
  }

  const os::Mapping& mapping_;
  int sink_;
  std::size_t block_;
  std::unique_ptr<Outstanding> outstanding_;
};

}  // namespace

extern const EngineSpec zerocopy_send_engine;
constinit const EngineSpec zerocopy_send_engine = {
    .row = {.name = "zerocopy_send",
            .summary =
                "send(2) with MSG_ZEROCOPY from a shared mapping of the file; waits for the kernel's word "
                "on each send, which says whether it copied after all"},
    .shape = Shape::transfer,
    .advices = engine::kMappingAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::FromMapping<ZeroCopyMove>>(); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .refuses_sink = [](SinkKind kind) -> std::string_view {
      if (kind == SinkKind::tcp) return "";
      if (kind == SinkKind::unix_stream) return "setsockopt(SO_ZEROCOPY) gives EOPNOTSUPP for AF_UNIX";
      return "send(2) gives ENOTSOCK for what is no socket";
    },
    .copies_into = [](SinkKind) -> std::optional<unsigned> { return 0; }};

}  // namespace faultlab
