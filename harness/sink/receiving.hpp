// Receiving all that comes over one connection, to its end.
#pragma once

#include <cstdint>

#include "catalogue/sink_spec.hpp"

namespace faultlab::sink {

struct Received {
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;  // StreamSum of them; 0 where they were discarded
  std::uint64_t calls = 0;     // system calls that it took
  std::uint64_t last_ns = 0;   // CLOCK_MONOTONIC, when the last of them had come
  int error = 0;               // errno of the call that failed
};

enum class Receive { verify, discard };

// Until the sender says that there is no more. Allocates before the first call, not after.
Received receive_all(const os::Fd& end, SinkKind kind, Receive how);

// What the receiver's CPU copies out of the kernel for each byte: 0 where the kernel can drop them unseen.
constexpr unsigned copies_of_receiver(SinkKind kind, Receive how) {
  if (kind == SinkKind::file || kind == SinkKind::device) return 0;
  return how == Receive::verify || kind == SinkKind::unix_stream ? 1 : 0;
}

}  // namespace faultlab::sink
