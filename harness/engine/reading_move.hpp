// Read a block into a buffer, write it from there.
#pragma once

#include <unistd.h>

#include "engine/buffer.hpp"
#include "engine/transfer.hpp"

namespace faultlab::engine {

// Whether the read copies out of the page cache.
enum class ReadKind { buffered, direct };

template <ReadKind kKind>
class ReadingMove {
 public:
  static Result<ReadingMove> make(int file, int sink, const AccessSetup& setup) {
    auto buffer = touched_buffer(setup.block);
    if (!buffer) return propagate(std::move(buffer));
    return ReadingMove(file, sink, std::move(*buffer));
  }

  int operator()(std::uint64_t offset, Sent& sent) const noexcept {
    const auto read = [&](std::size_t done) {
      return ::pread(file_, buffer_.data() + done, buffer_.size() - done, static_cast<off_t>(offset + done));
    };
    if (const int error = move_all(buffer_.size(), sink_, sent, read); error != 0) return error;
    if (kKind == ReadKind::buffered) sent.read_bytes += buffer_.size();
    return write_all(sink_, buffer_.data(), buffer_.size(), sent);
  }

 private:
  ReadingMove(int file, int sink, os::Mapping buffer)
      : file_(file), sink_(sink), buffer_(std::move(buffer)) {}
  int file_;
  int sink_;
  os::Mapping buffer_;
};

}  // namespace faultlab::engine
