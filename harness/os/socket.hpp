// Stream sockets, connected within this program: one end for each side, handed on as descriptors.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

struct SocketPair {
  Fd near;  // that connected
  Fd far;   // that was accepted
};

// A TCP socket listening at `address` (dotted), on a port that the kernel chose. It belongs to the network
// namespace of the calling thread, as every socket does (network_namespaces(7)).
class Listener {
 public:
  static Result<Listener> at(const std::string& address);
  // A connection to it, made by the calling thread, in its own network namespace.
  Result<SocketPair> connect() const;

 private:
  Listener(Fd fd, std::string address, std::uint16_t port)
      : fd_(std::move(fd)), address_(std::move(address)), port_(port) {}
  Fd fd_;
  std::string address_;
  std::uint16_t port_;
};

// socketpair(2) of the kind AF_UNIX, SOCK_STREAM.
Result<SocketPair> make_unix_stream();

// setsockopt(2) of an int; `doing` says what for.
Result<> set_option(int socket, int level, int name, int value, const std::string& doing);
// shutdown(2): no more will be written.
Result<> end_of_writing(const Fd& socket);

// SIOCOUTQ: what has been written and is not acknowledged (tcp(7)), or not read (unix(7)).
Result<std::uint64_t> queued_bytes(const Fd& socket);

// The kernel's names (SO_COOKIE) of the sockets that a process has open. Needs the right to trace it.
Result<std::vector<std::uint64_t>> socket_cookies(pid_t process);

// F_SETPIPE_SZ: what the pipe holds from now on, as the kernel rounded it.
Result<std::size_t> resize_pipe(const Fd& pipe, std::size_t bytes);

// Completions of MSG_ZEROCOPY, by the numbers of the sends (Documentation/networking/msg_zerocopy.rst).
struct Completions {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool copied = false;  // the kernel had to copy after all
};
// The next ones from the socket's error queue; nothing where there are none yet. Allocates nothing.
std::optional<Completions> next_completions(int socket) noexcept;
// One poll(2), until the error queue has something or a signal comes; false where the wait fails.
bool wait_for_completions(int socket) noexcept;

}  // namespace faultlab::os
