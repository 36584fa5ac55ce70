// Stream sockets.
#include "os/socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "os/file.hpp"

namespace faultlab::os {
namespace {

Result<sockaddr_in> address_of(const std::string& dotted, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, dotted.c_str(), &address.sin_addr) != 1)
    return fail(dotted + " is no address of IPv4");
  return address;
}

Result<Fd> tcp_socket() {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd.held() ? Result<Fd>(std::move(fd)) : os_failure("make a TCP socket");
}

}  // namespace

Result<Listener> Listener::at(const std::string& address) {
  auto fd = tcp_socket();
  if (!fd) return propagate(std::move(fd));
  auto any_port = address_of(address, 0);
  if (!any_port) return propagate(std::move(any_port));
  socklen_t size = sizeof *any_port;
  auto* at = reinterpret_cast<sockaddr*>(&*any_port);
  if (::bind(fd->get(), at, size) != 0 || ::listen(fd->get(), 1) != 0) {
    return os_failure("listen at " + address, "bring the interface with this address up");
  }
  if (::getsockname(fd->get(), at, &size) != 0) return os_failure("ask for the port at " + address);
  return Listener(std::move(*fd), address, ntohs(any_port->sin_port));
}

Result<SocketPair> Listener::connect() const {
  auto near = tcp_socket();
  if (!near) return propagate(std::move(near));
  auto address = address_of(address_, port_);
  if (!address) return propagate(std::move(address));
  if (::connect(near->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return os_failure("connect to " + address_);
  }
  Fd far(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!far.held()) return os_failure("accept a connection at " + address_);
  // A small last segment shall not wait for the acknowledgement of the one before (tcp(7)).
  if (auto set = set_option(near->get(), IPPROTO_TCP, TCP_NODELAY, 1, "send without delay"); !set)
    return propagate(std::move(set));
  return SocketPair{std::move(*near), std::move(far)};
}

Result<SocketPair> make_unix_stream() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return os_failure("make a pair of AF_UNIX sockets");
  return SocketPair{Fd(ends[0]), Fd(ends[1])};
}

Result<> set_option(int socket, int level, int name, int value, const std::string& doing) {
  if (::setsockopt(socket, level, name, &value, sizeof value) == 0) return {};
  return os_failure(doing);
}

Result<> end_of_writing(const Fd& socket) {
  return ::shutdown(socket.get(), SHUT_WR) == 0 ? Result<>() : os_failure("shut the connection down");
}

Result<std::uint64_t> queued_bytes(const Fd& socket) {
  int queued = 0;
  if (::ioctl(socket.get(), SIOCOUTQ, &queued) != 0) return os_failure("ask what a socket has in its queue");
  return static_cast<std::uint64_t>(queued);
}

Result<std::vector<std::uint64_t>> socket_cookies(pid_t process) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!pidfd.held()) return os_failure("open a pidfd of process " + std::to_string(process));
  std::vector<std::uint64_t> cookies;
  for (const std::string& name : folder_entries("/proc/" + std::to_string(process) + "/fd")) {
    const Fd copy(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd.get(), std::stoi(name), 0)));
    if (!copy.held() && errno == EPERM)
      return os_failure("look at the sockets of another process", "run as root");
    std::uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    if (copy.held() && ::getsockopt(copy.get(), SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0) {
      cookies.push_back(cookie);
    }
  }
  return cookies;
}

Result<std::size_t> resize_pipe(const Fd& pipe, std::size_t bytes) {
  const int got = ::fcntl(pipe.get(), F_SETPIPE_SZ, static_cast<int>(bytes));
  if (got < 0)
    return os_failure("make the pipe hold " + std::to_string(bytes) + " bytes",
                      "stay below /proc/sys/fs/pipe-max-size");
  return static_cast<std::size_t>(got);
}

std::optional<Completions> next_completions(int socket) noexcept {
  alignas(cmsghdr) std::array<char, 128> control{};
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_IP || each->cmsg_type != IP_RECVERR) continue;
    sock_extended_err error{};
    std::memcpy(&error, CMSG_DATA(each), sizeof error);
    if (error.ee_origin != SO_EE_ORIGIN_ZEROCOPY) continue;
    return Completions{error.ee_info, error.ee_data, (error.ee_code & SO_EE_CODE_ZEROCOPY_COPIED) != 0};
  }
  return std::nullopt;
}

bool wait_for_completions(int socket) noexcept {
  pollfd wanted{.fd = socket, .events = 0, .revents = 0};  // POLLERR comes unasked (poll(2))
  return ::poll(&wanted, 1, -1) > 0 || errno == EINTR;
}

}  // namespace faultlab::os
