// A pipe between the file and the sink: what splice(2) needs, since one of its two ends must be a pipe.
#pragma once

#include <fcntl.h>

#include "engine/transfer.hpp"
#include "os/socket.hpp"

namespace faultlab::engine {

inline constexpr OptionSpec kPipeSize = {.name = "pipe",
                                         .type = OptionType::size,
                                         .fallback = "64 KiB",
                                         .meaning = "what the pipe between the two holds (F_SETPIPE_SZ)",
                                         .minimum = 4096,
                                         .maximum = 1 << 30};
inline constexpr std::array kPipeOptions = {kPipeSize};

class InnerPipe {
 public:
  static Result<InnerPipe> make(const Options& options) {
    auto pipe = os::make_pipe();
    if (!pipe) return propagate(std::move(pipe));
    auto held = os::resize_pipe(pipe->write_end, options.bytes("pipe").value);
    if (!held) return propagate(std::move(held));
    return InnerPipe(std::move(*pipe));
  }

  int inlet() const { return pipe_.write_end.get(); }
  int outlet() const { return pipe_.read_end.get(); }

  // What has been put in goes to the sink. 0, or errno.
  int drain(std::size_t size, int sink, Sent& sent) const noexcept {
    return move_all(size, sink, sent, [&](std::size_t done) {
      return ::splice(pipe_.read_end.get(), nullptr, sink, nullptr, size - done,
                      SPLICE_F_MOVE | SPLICE_F_MORE);
    });
  }

 private:
  explicit InnerPipe(os::Pipe pipe) : pipe_(std::move(pipe)) {}
  os::Pipe pipe_;
};

// Fills the pipe by `fill(done)` with up to what is left of the block, and empties it into the sink, by
// turns. 0, or errno; EIO where the source has ended.
template <class Fill>
int through_pipe(const InnerPipe& pipe, std::size_t block, int sink, Sent& sent, Fill fill) noexcept {
  for (std::size_t done = 0; done < block;) {
    const ssize_t filled = fill(done);
    ++sent.calls;
    if (filled == 0) return EIO;
    if (filled < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    const auto moved = static_cast<std::size_t>(filled);
    if (const int error = pipe.drain(moved, sink, sent); error != 0) return error;
    done += moved;
  }
  return 0;
}

}  // namespace faultlab::engine
