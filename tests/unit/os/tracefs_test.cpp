// Tracepoint formats, as captured from Linux 6.18.
#include "os/tracefs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace faultlab::os {
namespace {

constexpr const char* kAddToPageCache = R"(name: mm_filemap_add_to_page_cache
ID: 671
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:unsigned long pfn;	offset:8;	size:8;	signed:0;
	field:unsigned long i_ino;	offset:16;	size:8;	signed:0;
	field:unsigned long index;	offset:24;	size:8;	signed:0;
	field:dev_t s_dev;	offset:32;	size:4;	signed:0;
	field:unsigned char order;	offset:36;	size:1;	signed:0;

print fmt: "dev %d:%d ino %lx pfn=0x%lx ofs=%lu order=%u", ((unsigned int) ((REC->s_dev) >> 20))
)";

TEST(Tracepoint, KnowsItsNumberAndItsFields) {
  const auto tracepoint = parse_tracepoint("filemap:mm_filemap_add_to_page_cache", kAddToPageCache);
  ASSERT_TRUE(tracepoint) << tracepoint.error().what;
  EXPECT_EQ(tracepoint->id, 671U);
  EXPECT_EQ(tracepoint->name, "filemap:mm_filemap_add_to_page_cache");
  EXPECT_EQ(tracepoint->fields.size(), 9U);
  EXPECT_TRUE(tracepoint->has("i_ino"));
  EXPECT_FALSE(tracepoint->has("ofs")) << "a word of the print format is no field";
  EXPECT_EQ(tracepoint->fields.at("s_dev").offset, 32U);
  EXPECT_EQ(tracepoint->fields.at("s_dev").size, 4U);
}

TEST(Tracepoint, ReadsFieldsOfEverySize) {
  const auto tracepoint = parse_tracepoint("t", kAddToPageCache);
  ASSERT_TRUE(tracepoint);
  std::array<std::byte, 40> raw;
  raw.fill(std::byte{0xEE});
  const std::uint64_t index = 0x0123456789ABCDEF;
  std::memcpy(raw.data() + 24, &index, sizeof index);
  raw[36] = std::byte{9};
  EXPECT_EQ(tracepoint->value("index", raw.data()), index);
  EXPECT_EQ(tracepoint->value("order", raw.data()), 9U);
  EXPECT_EQ(tracepoint->value("s_dev", raw.data()), 0xEEEEEEEEU);
}

TEST(Tracepoint, NamesArraysAndDataLocationsByTheirField) {
  const auto tracepoint = parse_tracepoint("sched:sched_switch",
                                           "ID: 7\n"
                                           "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
                                           "\tfield:__data_loc char[] name;\toffset:24;\tsize:4;\tsigned:0;\n"
                                           "\tfield:const char * what;\toffset:32;\tsize:8;\tsigned:0;\n");
  ASSERT_TRUE(tracepoint);
  EXPECT_EQ(tracepoint->fields.at("prev_comm").size, 16U);
  EXPECT_EQ(tracepoint->fields.at("what").offset, 32U);
}

TEST(Tracepoint, WithoutANumberItIsNone) {
  const auto none = parse_tracepoint("a:b", "name: b\nformat:\n");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().what.find("a:b"), std::string::npos);
}

TEST(Tracepoint, IsFoundWithoutAMountPointOrRefusedWithARemedy) {
  const auto found = find_tracepoint("sched", "sched_switch");
  if (found) {
    EXPECT_GT(found->id, 0U);
    EXPECT_TRUE(found->has("next_pid"));
  } else {
    EXPECT_FALSE(found.error().remedy.empty()) << found.error().what;
  }
  const auto unknown = find_tracepoint("sched", "no_such_event");
  ASSERT_FALSE(unknown);
  EXPECT_FALSE(unknown.error().remedy.empty());
}

}  // namespace
}  // namespace faultlab::os
