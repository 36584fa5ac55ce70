// Write a block out of the file's mapping.
#pragma once

#include <unistd.h>

#include "engine/transfer.hpp"

namespace faultlab::engine {

class WritingMove {
 public:
  // `mapping` outlives it; it may be made after it, but before the first block.
  static Result<WritingMove> make(const os::Mapping& mapping, int sink, const AccessSetup& setup) {
    return WritingMove(mapping, sink, setup.block.value);
  }

  int operator()(std::uint64_t offset, Sent& sent) const noexcept {
    return write_all(sink_, mapping_.data() + offset, block_, sent);
  }

 private:
  WritingMove(const os::Mapping& mapping, int sink, std::size_t block)
      : mapping_(mapping), sink_(sink), block_(block) {}
  const os::Mapping& mapping_;
  int sink_;
  std::size_t block_;
};

}  // namespace faultlab::engine
