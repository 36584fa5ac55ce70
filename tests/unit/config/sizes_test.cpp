// Units: what is read, what is refused, and what the refusal suggests.
#include "config/sizes.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace faultlab::config {
namespace {

TEST(Sizes, ReadsIecAndSiUnits) {
  EXPECT_EQ(parse_size("512 B"), Bytes(512));
  EXPECT_EQ(parse_size("4 KiB"), Bytes(4096));
  EXPECT_EQ(parse_size("4 kB"), Bytes(4000));
  EXPECT_EQ(parse_size("1 MB"), Bytes(1'000'000));
  EXPECT_EQ(parse_size("2 GiB"), Bytes(2ULL << 30));
  EXPECT_EQ(parse_size("3 GB"), Bytes(3'000'000'000));
  EXPECT_EQ(parse_size("1 TiB"), Bytes(1ULL << 40));
  EXPECT_EQ(parse_size("1 TB"), Bytes(1'000'000'000'000));
}

TEST(Sizes, FractionsMustComeToWholeBytes) {
  EXPECT_EQ(parse_size("1.5 GiB"), Bytes(3ULL << 29));
  EXPECT_EQ(parse_size("0.5 KiB"), Bytes(512));
  EXPECT_EQ(parse_size("1.000 B"), Bytes(1));
  ASSERT_FALSE(parse_size("1.5 B"));
  EXPECT_EQ(parse_size("1.5 B").error().flaw, TextError::Flaw::not_whole);
  EXPECT_EQ(parse_size("0.0001 KiB").error().flaw, TextError::Flaw::not_whole);
}

TEST(Sizes, TooLargeIsNoForm) {
  EXPECT_EQ(parse_size("9223372036854775807 B"), Bytes(9223372036854775807ULL));
  EXPECT_EQ(parse_size("18446744073709551616 B").error().flaw, TextError::Flaw::form);  // 20 digits
  EXPECT_EQ(parse_size("9999999999999999999 TiB").error().flaw, TextError::Flaw::too_large);
}

TEST(Sizes, AmbiguousUnitsNameBothMeanings) {
  for (const char* text : {"4K", "4k", "4KB", "4 KB", "4kb", "4 K"}) {
    const auto parsed = parse_size(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().flaw, TextError::Flaw::form);
    EXPECT_EQ(parsed.error().remedy, "write \"4 KiB\" (4096 bytes) or \"4 kB\" (4000 bytes)") << text;
  }
  EXPECT_EQ(parse_size("2G").error().remedy,
            "write \"2 GiB\" (2147483648 bytes) or \"2 GB\" (2000000000 bytes)");
}

TEST(Sizes, OtherSlipsGetTheirOwnRemedy) {
  EXPECT_EQ(parse_size("4KiB").error().remedy, "write \"4 KiB\"");
  EXPECT_EQ(parse_size("4 mib").error().remedy, "write \"4 MiB\"");
  EXPECT_EQ(parse_size("4MB").error().remedy, "write \"4 MB\", with a space");
  EXPECT_EQ(parse_size("512 bytes").error().remedy, "write \"512 B\"");
  EXPECT_EQ(parse_size("50%").error().remedy,
            "a percentage names its base, where the field takes one: \"50% of dataset\"");
  for (const char* text :
       {"", "KiB", "four KiB", "4096", "-4 KiB", "4 parsecs", ".5 KiB", "5. KiB", "4  KiB"}) {
    ASSERT_FALSE(parse_size(text)) << text;
    EXPECT_FALSE(parse_size(text).error().remedy.empty()) << text;
  }
}

TEST(Sizes, SharesAreRoundedDownToPages) {
  const auto half = parse_share("50% of dataset");
  ASSERT_TRUE(half);
  EXPECT_EQ(part_of(*half, Bytes(1 << 20)), Bytes(1 << 19));
  EXPECT_EQ(part_of(*parse_share("33.3% of dataset"), Bytes(1 << 20)), Bytes(348160));
  EXPECT_EQ(part_of(*parse_share("150% of dataset"), Bytes(1 << 20)), Bytes(3 << 19));
  EXPECT_EQ(part_of(*parse_share("0.000001% of dataset"), Bytes(1 << 20)), Bytes(0));
  EXPECT_EQ(part_of(*parse_share("999999% of dataset"), Bytes(1ULL << 60)), std::nullopt);
  for (const char* text : {"50%", "50 % of dataset", "% of dataset", "50% of RAM", "1e2% of dataset"}) {
    EXPECT_FALSE(parse_share(text)) << text;
  }
}

TEST(Sizes, Durations) {
  EXPECT_EQ(parse_duration("30 s"), 30'000'000'000U);
  EXPECT_EQ(parse_duration("100 ms"), 100'000'000U);
  EXPECT_EQ(parse_duration("2 min"), 120'000'000'000U);
  EXPECT_EQ(parse_duration("1.5 us"), 1'500U);
  EXPECT_EQ(parse_duration("1 h"), 3'600'000'000'000U);
  EXPECT_EQ(parse_duration("0.5 ns").error().flaw, TextError::Flaw::not_whole);
  for (const char* text : {"30", "30s", "30 sec", "30 S", "-1 s", ""})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Sizes, TextsReadBack) {
  EXPECT_EQ(size_text(Bytes(0)), "0 B");
  EXPECT_EQ(size_text(Bytes(4096)), "4 KiB");
  EXPECT_EQ(size_text(Bytes(3ULL << 29)), "1536 MiB");
  EXPECT_EQ(size_text(Bytes(1'000'000)), "1000000 B");
  EXPECT_EQ(duration_text(100'000'000), "100 ms");
  EXPECT_EQ(duration_text(120'000'000'000), "120 s");
  for (const std::uint64_t n : {1ULL, 1023ULL, 1025ULL, 1ULL << 60, (1ULL << 60) - 1}) {
    EXPECT_EQ(parse_size(size_text(Bytes(n))), Bytes(n));
    EXPECT_EQ(parse_duration(duration_text(n)), n);
  }
}

// The schema's patterns and the parsers are two descriptions of one form.
TEST(Sizes, PatternsAgreeWithTheParsers) {
  const std::regex size{std::string(kSizePattern)};
  const std::regex share{std::string(kSharePattern)};
  const std::regex duration{std::string(kDurationPattern)};
  for (const char* number :
       {"4", "04", "1.5", "1.", ".5", "1.1234567", "12345678901234567890", "1234567", "-1"}) {
    for (const char* unit : {" KiB", "KiB", " B", " b", " s", " min", "% of dataset", " % of dataset", ""}) {
      const std::string text = std::string(number) + unit;
      const auto has_form = [](const auto& parsed) {
        return parsed || parsed.error().flaw != TextError::Flaw::form;
      };
      EXPECT_EQ(std::regex_match(text, size), has_form(parse_size(text))) << text;
      EXPECT_EQ(std::regex_match(text, share), has_form(parse_share(text))) << text;
      EXPECT_EQ(std::regex_match(text, duration), has_form(parse_duration(text))) << text;
    }
  }
}

}  // namespace
}  // namespace faultlab::config
