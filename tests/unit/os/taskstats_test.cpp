// Netlink replies about delays: the numbers, refusals, and structs of other lengths and versions.
#include "os/taskstats.hpp"

#include <gtest/gtest.h>
#include <linux/genetlink.h>
#include <linux/taskstats.h>

#include <cstddef>
#include <cstring>
#include <string>

namespace faultlab::os {
namespace {

template <class T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string attribute(std::uint16_t type, const std::string& payload) {
  const nlattr head{.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + payload.size()), .nla_type = type};
  std::string whole = bytes_of(head) + payload;
  whole.resize(NLA_ALIGN(whole.size()), '\0');
  return whole;
}

// What the kernel answers, as captured from Linux 6.18: the thread's id, then its struct of `length` bytes.
std::string reply(std::uint16_t version, std::size_t length) {
  taskstats stats{};
  stats.version = version;
  stats.cpu_count = 1;
  stats.cpu_delay_total = 10;
  stats.blkio_count = 2;
  stats.blkio_delay_total = 20;
  stats.swapin_count = 3;
  stats.swapin_delay_total = 30;
  stats.freepages_count = 4;
  stats.freepages_delay_total = 40;
  stats.thrashing_count = 5;
  stats.thrashing_delay_total = 50;
  std::string body = bytes_of(stats);
  body.resize(length, '\x7f');
  const std::string nested = attribute(TASKSTATS_TYPE_PID, bytes_of(std::uint32_t{42})) +
                             attribute(TASKSTATS_TYPE_NULL, "") + attribute(TASKSTATS_TYPE_STATS, body);
  const genlmsghdr generic{.cmd = TASKSTATS_CMD_NEW, .version = 1, .reserved = 0};
  std::string payload = bytes_of(generic) + attribute(TASKSTATS_TYPE_AGGR_PID, nested);
  nlmsghdr head{};
  head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + payload.size());
  head.nlmsg_type = 31;
  return bytes_of(head) + payload;
}

// The answer to a question about a thread that is not there, and to one that is not allowed: captured.
std::string refusal(unsigned char negative_code) {
  std::string bytes("\x30\0\0\0\x02\0\0\0\0\0\0\0\x97\x38\0\0\xfd\xff\xff\xff", 20);
  bytes[16] = static_cast<char>(negative_code);
  return bytes +
         std::string("\x1c\0\0\0\x1f\0\x01\0\0\0\0\0\0\0\0\0\x01\x01\0\0\x08\0\x01\0\0\x09\x3d\0", 28);
}

TEST(Taskstats, ReadsWhatEachKernelHas) {
  for (const std::size_t length : {sizeof(taskstats), std::size_t{560}, sizeof(taskstats) + 100}) {
    const auto delays = parse_taskstats(reply(16, length));
    ASSERT_TRUE(delays) << delays.error().what;
    EXPECT_EQ(delays->cpu_ns, 10u);
    EXPECT_EQ(delays->io_count, 2u);
    EXPECT_EQ(delays->io_ns, 20u);
    EXPECT_EQ(delays->swapin_ns, 30u);
    EXPECT_EQ(delays->reclaim_count, 4u);
    EXPECT_EQ(delays->reclaim_ns, 40u);
    EXPECT_EQ(delays->thrashing_ns, 50u);
  }
}

TEST(Taskstats, DoesNotReadPastAShorterStruct) {
  const auto old = parse_taskstats(reply(7, offsetof(taskstats, freepages_count)));
  ASSERT_FALSE(old);
  EXPECT_NE(old.error().what.find("version 7"), std::string::npos);
}

TEST(Taskstats, RefusesTheVersionWhoseLayoutIsItsOwn) {
  EXPECT_TRUE(parse_taskstats(reply(14, sizeof(taskstats))));
  const auto broken = parse_taskstats(reply(15, sizeof(taskstats)));
  ASSERT_FALSE(broken);
  EXPECT_FALSE(broken.error().remedy.empty());
}

TEST(Taskstats, ARefusalSaysWhatWouldHelp) {
  const auto gone = parse_taskstats(refusal(0xfd));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ESRCH);
  const auto forbidden = parse_taskstats(refusal(0xff));
  ASSERT_FALSE(forbidden);
  EXPECT_NE(forbidden.error().remedy.find("root"), std::string::npos);
}

TEST(Taskstats, EveryTruncationIsAnErrorAndNoReadBeyond) {
  const std::string whole = reply(16, sizeof(taskstats));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    // A copy of its own size, so that a sanitizer sees a byte too far.
    const std::string cut(whole.data(), length);
    EXPECT_FALSE(parse_taskstats(cut)) << length;
  }
}

}  // namespace
}  // namespace faultlab::os
