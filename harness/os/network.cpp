// Network namespaces.
#include "os/network.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "os/process.hpp"

namespace faultlab::os {
namespace {

Result<Fd> fresh_network() {
  if (::unshare(CLONE_NEWNET) != 0)
    return os_failure("make a network namespace", "run as root (CAP_SYS_ADMIN)");
  return open_fd("/proc/thread-self/ns/net", O_RDONLY);
}

// From a socket of the loopback interface to itself.
Result<> send_to_self() {
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const at = reinterpret_cast<sockaddr*>(&address);
  const char nothing = 0;
  if (::bind(fd.get(), at, size) == 0 && ::getsockname(fd.get(), at, &size) == 0 &&
      ::sendto(fd.get(), &nothing, sizeof nothing, 0, at, size) == 1) {
    return {};
  }
  return os_failure("send a packet over the loopback interface");
}

}  // namespace

Result<> let_go_of_received_packets() { return on_each_cpu(send_to_self); }

Result<TwoNetworks> TwoNetworks::make() {
  TwoNetworks both;
  for (Fd* each : {&both.first_, &both.second_}) {
    auto made = fresh_network();
    if (!made) return propagate(std::move(made));
    *each = std::move(*made);
  }
  return both;
}

Result<> TwoNetworks::enter(const Fd& space) {
  return ::setns(space.get(), CLONE_NEWNET) == 0 ? Result<>() : os_failure("enter a network namespace");
}

std::string TwoNetworks::path_of_first() const {
  return fmt::format("/proc/{}/fd/{}", ::getpid(), first_.get());
}

Result<> TwoNetworks::with(const std::function<Result<>(const TwoNetworks&)>& act) {
  Result<> done;
  std::thread([&] {
    auto both = make();
    done = both ? act(*both) : Result<>(propagate(std::move(both)));
  }).join();
  return done;
}

}  // namespace faultlab::os
