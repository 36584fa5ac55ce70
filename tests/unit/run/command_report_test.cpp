// What a program says of its own work: the lines that count, and what becomes of them in a record.
#include <gtest/gtest.h>

#include "run/command_run.hpp"

namespace faultlab::run {
namespace {

Report entered(std::initializer_list<const char*> lines) {
  Report report;
  for (const char* line : lines) {
    const auto result = report.enter(line);
    EXPECT_TRUE(result.has_value()) << line << ": " << result.error().what;
  }
  return report;
}

TEST(CommandReport, LinesOfOneKindAddUp) {
  const Report report = entered({"accesses 3", "bytes 4096", "accesses 4", "checksum ff", "checksum 01"});
  EXPECT_EQ(report.accesses, 7U);
  EXPECT_EQ(report.bytes, 4096U);
  EXPECT_EQ(report.checksum, 0x100U);
}

TEST(CommandReport, ChecksumsAddUpIn64Bits) {
  EXPECT_EQ(entered({"checksum ffffffffffffffff", "checksum 2"}).checksum, 1U);
}

TEST(CommandReport, OtherLinesAreRefused) {
  for (const char* line :
       {"", "accesses", "accesses ", "accesses -1", "accesses 1 ", "accesses 1.5", "accesses 0x10",
        "checksum xyz", "checksum 10000000000000000", "Accesses 1", "bytes 18446744073709551616"}) {
    Report report;
    const auto result = report.enter(line);
    ASSERT_FALSE(result.has_value()) << line;
    EXPECT_NE(result.error().what.find(line), std::string::npos);
    EXPECT_NE(result.error().remedy.find("accesses N"), std::string::npos);
  }
}

TEST(CommandReport, WhatWasNotSaidIsMissing) {
  EXPECT_FALSE(work_of(Report{}).has_value());
  EXPECT_FALSE(work_of(entered({"bytes 1"})).has_value());
  const auto work = work_of(entered({"checksum 1f"}));
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ((*work)[0]["checksum"], "000000000000001f");
  EXPECT_TRUE((*work)[0]["accesses"].contains("missing"));
  Readings readings;
  add_report(readings, entered({"accesses 5"}));
  EXPECT_EQ(find(readings, "accesses", "command")->value, Value::count(5));
  EXPECT_FALSE(find(readings, "bytes", "command")->value.present());
}

}  // namespace
}  // namespace faultlab::run
