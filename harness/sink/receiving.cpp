// One loop; what takes the bytes differs.
#include "sink/receiving.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "measure/clock.hpp"
#include "measure/stream_sum.hpp"

namespace faultlab::sink {
namespace {

// Of one call: large enough that calls are few, small enough to stay in the second-level cache.
constexpr std::size_t kPiece = 256 << 10;
// Where nothing is copied, there is no cache to think of.
constexpr std::size_t kDiscarded = 1 << 20;

// `take` moves up to some bytes, and returns what read(2) would.
template <class Take>
Received until_the_end(Take take) {
  Received all;
  for (;;) {
    const ssize_t got = take();
    ++all.calls;
    if (got > 0) {
      all.bytes += static_cast<std::uint64_t>(got);
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    all.error = got < 0 ? errno : 0;
    all.last_ns = now_ns();
    return all;
  }
}

Received verified(int fd) {
  std::vector<std::byte> buffer(kPiece);
  StreamSum sum;
  Received all = until_the_end([&] {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got > 0) sum.add(std::span(buffer).first(static_cast<std::size_t>(got)));
    return got;
  });
  all.checksum = sum.value();
  return all;
}

}  // namespace

Received receive_all(const os::Fd& end, SinkKind kind, Receive how) {
  const int fd = end.get();
  if (how == Receive::verify) return verified(fd);
  if (kind == SinkKind::tcp) {
    // tcp(7): with MSG_TRUNC the bytes are discarded, and not copied to the buffer.
    // As large as it says all the same: who watches memory does not know of MSG_TRUNC.
    std::vector<std::byte> unused(kDiscarded);
    return until_the_end([&] { return ::recv(fd, unused.data(), unused.size(), MSG_TRUNC); });
  }
  if (kind == SinkKind::pipe) {
    const os::Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    return until_the_end(
        [&] { return ::splice(fd, nullptr, nowhere.get(), nullptr, kDiscarded, SPLICE_F_MOVE); });
  }
  std::vector<std::byte> buffer(kPiece);
  return until_the_end([&] { return ::read(fd, buffer.data(), buffer.size()); });
}

}  // namespace faultlab::sink
