// Generic netlink, one request and one reply at a time: too little for a library (libnl).
#include "os/taskstats.hpp"

#include <fmt/format.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>

namespace faultlab::os {
namespace {

constexpr std::size_t kHeads = NLMSG_HDRLEN + GENL_HDRLEN;
constexpr std::string_view kNeedsRoot =
    "run as root (CAP_NET_ADMIN) in the host's own network namespace (docs/setup.md#kernel)";

// A request with a single attribute.
std::string request(std::uint16_t family, std::uint8_t command, std::uint16_t attribute,
                    std::string_view payload) {
  const std::size_t attribute_size = NLA_HDRLEN + payload.size();
  nlmsghdr head{};
  head.nlmsg_len = static_cast<std::uint32_t>(kHeads + NLA_ALIGN(attribute_size));
  head.nlmsg_type = family;
  head.nlmsg_flags = NLM_F_REQUEST;
  const genlmsghdr generic{.cmd = command, .version = 1, .reserved = 0};
  const nlattr named{.nla_len = static_cast<std::uint16_t>(attribute_size), .nla_type = attribute};
  std::string bytes(head.nlmsg_len, '\0');
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + NLMSG_HDRLEN, &generic, sizeof generic);
  std::memcpy(bytes.data() + kHeads, &named, sizeof named);
  std::memcpy(bytes.data() + kHeads + NLA_HDRLEN, payload.data(), payload.size());
  return bytes;
}

template <class T>
std::optional<T> read_at(std::string_view bytes, std::size_t offset) {
  if (bytes.size() < sizeof(T) || offset > bytes.size() - sizeof(T)) return std::nullopt;
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// The payload of the first attribute of this type among the attributes in `bytes`.
std::optional<std::string_view> attribute(std::string_view bytes, std::uint16_t type) {
  while (const auto head = read_at<nlattr>(bytes, 0)) {
    if (head->nla_len < NLA_HDRLEN || head->nla_len > bytes.size()) return std::nullopt;
    if ((head->nla_type & NLA_TYPE_MASK) == type) return bytes.substr(NLA_HDRLEN, head->nla_len - NLA_HDRLEN);
    bytes.remove_prefix(std::min<std::size_t>(bytes.size(), NLA_ALIGN(head->nla_len)));
  }
  return std::nullopt;
}

// The attributes of a reply; an error when the kernel answered with one.
Result<std::string_view> attributes_of(std::string_view reply) {
  const auto head = read_at<nlmsghdr>(reply, 0);
  if (!head || head->nlmsg_len > reply.size()) return fail("the kernel's netlink reply is cut short");
  if (head->nlmsg_type == NLMSG_ERROR) {
    const int code = -read_at<std::int32_t>(reply, NLMSG_HDRLEN).value_or(-EPROTO);
    const bool refused = code == EPERM || code == ENOENT;
    return fail("the kernel's netlink answer: " + std::generic_category().message(code),
                std::string(refused ? kNeedsRoot : ""), code);
  }
  if (head->nlmsg_len < kHeads) return fail("the kernel's netlink reply is cut short");
  return reply.substr(kHeads, head->nlmsg_len - kHeads);
}

Result<std::string> ask_kernel(const Fd& socket, const std::string& bytes) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const auto sent = ::sendto(socket.get(), bytes.data(), bytes.size(), 0,
                             reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
  if (sent < 0) return os_failure("ask over generic netlink");
  std::string reply(8192, '\0');
  const auto got = ::recv(socket.get(), reply.data(), reply.size(), 0);
  if (got < 0) return os_failure("read generic netlink's answer");
  reply.resize(static_cast<std::size_t>(got));
  return reply;
}

}  // namespace

Result<Taskstats> Taskstats::open() {
  Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
  if (!socket.held()) return os_failure("open a generic netlink socket");
  // The name with its closing zero.
  const std::string_view name(TASKSTATS_GENL_NAME, sizeof TASKSTATS_GENL_NAME);
  auto reply = ask_kernel(socket, request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, name));
  if (!reply) return propagate(std::move(reply), "look for taskstats");
  auto attributes = attributes_of(*reply);
  if (!attributes) {
    auto error = attributes.error();
    if (error.code == ENOENT)
      error.remedy = "use a kernel with CONFIG_TASKSTATS, outside a network namespace";
    return fail("look for taskstats: " + error.what, error.remedy, error.code);
  }
  const auto payload = attribute(*attributes, CTRL_ATTR_FAMILY_ID);
  const auto family = payload ? read_at<std::uint16_t>(*payload, 0) : std::nullopt;
  if (!family) return fail("look for taskstats: the kernel's reply names no family");
  return Taskstats(std::move(socket), *family);
}

Result<TaskDelays> Taskstats::of_thread(pid_t thread) const {
  const auto number = static_cast<std::uint32_t>(thread);
  const std::string_view payload(reinterpret_cast<const char*>(&number), sizeof number);
  auto reply = ask_kernel(socket_, request(family_, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_PID, payload));
  if (!reply) return propagate(std::move(reply), fmt::format("taskstats of thread {}", thread));
  auto delays = parse_taskstats(*reply);
  if (!delays) return propagate(std::move(delays), fmt::format("taskstats of thread {}", thread));
  return delays;
}

Result<TaskDelays> parse_taskstats(std::string_view reply) {
  auto attributes = attributes_of(reply);
  if (!attributes) return propagate(std::move(attributes));
  const auto nested = attribute(*attributes, TASKSTATS_TYPE_AGGR_PID);
  const auto stats = nested ? attribute(*nested, TASKSTATS_TYPE_STATS) : std::nullopt;
  const auto version = stats ? read_at<std::uint16_t>(*stats, 0) : std::nullopt;
  if (!version) return fail("the kernel's reply holds no taskstats");
  // Fields were put into the middle of version 15 and moved to the end in 16 ("taskstats: fix struct
  // taskstats breaks backward compatibility since version 15").
  if (*version == 15)
    return fail("version 15 of struct taskstats has a layout of its own", "use Linux 6.16 or later");
  bool whole = true;
  const auto field = [&](std::size_t offset) {
    const auto value = read_at<std::uint64_t>(*stats, offset);
    whole = whole && value.has_value();
    return value.value_or(0);
  };
  TaskDelays delays;
  delays.cpu_count = field(offsetof(taskstats, cpu_count));
  delays.cpu_ns = field(offsetof(taskstats, cpu_delay_total));
  delays.io_count = field(offsetof(taskstats, blkio_count));
  delays.io_ns = field(offsetof(taskstats, blkio_delay_total));
  delays.swapin_count = field(offsetof(taskstats, swapin_count));
  delays.swapin_ns = field(offsetof(taskstats, swapin_delay_total));
  delays.reclaim_count = field(offsetof(taskstats, freepages_count));
  delays.reclaim_ns = field(offsetof(taskstats, freepages_delay_total));
  delays.thrashing_count = field(offsetof(taskstats, thrashing_count));
  delays.thrashing_ns = field(offsetof(taskstats, thrashing_delay_total));
  if (!whole) {
    return fail(fmt::format("version {} of struct taskstats ends before its reclaim delays", *version),
                "use Linux 4.20 or later");
  }
  return delays;
}

}  // namespace faultlab::os
