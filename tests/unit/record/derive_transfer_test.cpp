// What follows for a transfer, from hand-computed counts.
#include "record/derive_transfer.hpp"

#include <gtest/gtest.h>

#include "record/derive.hpp"

namespace faultlab::record {
namespace {

constexpr std::int64_t kMoved = 1 << 20;

Readings counted() {
  return {{"bytes", "derived", Value(kMoved)},
          {"accesses", "worker", Value(std::int64_t{16})},
          {"syscalls", "engine", Value(std::int64_t{32})},
          {"buffered_read_bytes", "engine", Value(kMoved)},
          {"uring_read_bytes", "engine", Value(std::int64_t{0})},
          {"copied_after_all_bytes", "engine", Value(std::int64_t{4096})},
          {"user_minor_faults", "perf_faults", Value(std::int64_t{4})},
          {"user_major_faults", "perf_faults", Value(std::int64_t{0})},
          {"context_switches", "rusage", Value(std::int64_t{8})},
          {"user_ns", "rusage", Value(std::int64_t{1000})},
          {"system_ns", "rusage", Value(std::int64_t{3000})},
          {"received_bytes", "receiver", Value(kMoved)},
          {"receiver_user_ns", "receiver", Value(std::int64_t{500})},
          {"receiver_system_ns", "receiver", Value(std::int64_t{500})}};
}

double number(const Readings& readings, std::string_view metric, std::string_view source = "derived") {
  const Reading* reading = find(readings, metric, source);
  return reading == nullptr || !reading->value.present() ? -1 : reading->value.number();
}

TEST(DeriveTransfer, CopiesAreReadsAndWhatGoesIntoTheSinkAndWhatIsCopiedAfterAll) {
  Readings readings = counted();
  derive_transfer(readings, 1);
  derive_copies(readings);
  EXPECT_EQ(number(readings, "cpu_copied_bytes"), 2 * kMoved + 4096);
  EXPECT_DOUBLE_EQ(number(readings, "copies_per_byte"), 2 + 4096.0 / kMoved);
}

TEST(DeriveTransfer, WhatWasSeenOnTheWireStandsBesideWhatIsDerived) {
  Readings readings = counted();
  readings.push_back({"wire_other_bytes", "wire_ownership", Value(std::int64_t{100})});
  readings.push_back({"buffered_read_bytes", "wire_ownership", Value(std::int64_t{200})});
  derive_transfer(readings, 0);
  derive_copies(readings);
  EXPECT_EQ(number(readings, "cpu_copied_bytes", "wire_ownership"), 100 + 200 + 4096);
  EXPECT_EQ(number(readings, "cpu_copied_bytes"), 200 + 4096);
}

TEST(DeriveTransfer, WhatTheKernelsCopyingFunctionsReturnedIsASourceOfItsOwn) {
  Readings readings = counted();
  readings.push_back({"copied_out_bytes", "copy_functions", Value(std::int64_t{10})});
  readings.push_back({"copied_in_bytes", "copy_functions", Value(std::int64_t{20})});
  readings.push_back({"copied_looped_bytes", "copy_functions", Value(std::int64_t{40})});
  derive_transfer(readings, 0);
  derive_copies(readings);
  EXPECT_EQ(number(readings, "cpu_copied_bytes", "copy_functions"), 70);
  EXPECT_DOUBLE_EQ(number(readings, "copies_per_byte"), 70.0 / kMoved);
}

TEST(DeriveTransfer, WhatTheFilesShareNobodyCopied) {
  Readings readings = {{"bytes", "derived", Value(kMoved)},
                       {"shared_bytes", "delivery", Value(kMoved - 4096)},
                       {"buffered_read_bytes", "engine", Value(std::int64_t{0})}};
  derive_transfer(readings, std::nullopt);
  derive_copies(readings);
  EXPECT_EQ(number(readings, "cpu_copied_bytes"), 4096);
}

TEST(DeriveTransfer, WhatTheFileSystemDoesNotTellIsMissingAndNotNothing) {
  Readings readings = counted();
  readings.push_back({"shared_bytes", "delivery", Missing{"it does not tell"}});
  derive_transfer(readings, std::nullopt);
  derive_copies(readings);
  ASSERT_NE(find(readings, "cpu_copied_bytes", "derived"), nullptr);
  EXPECT_FALSE(find(readings, "cpu_copied_bytes", "derived")->value.present());
  EXPECT_FALSE(find(readings, "copies_per_byte", "derived")->value.present());
}

TEST(DeriveTransfer, CrossingsAreTwoForACallAndTwoForAFault) {
  Readings readings = counted();
  derive_transfer(readings, 1);
  derive_crossings(readings);
  EXPECT_EQ(number(readings, "mode_switches"), 2 * (32 + 4));
  EXPECT_DOUBLE_EQ(number(readings, "mode_switches_per_access"), 72.0 / 16);
  EXPECT_DOUBLE_EQ(number(readings, "context_switches_per_access"), 0.5);
  EXPECT_DOUBLE_EQ(number(readings, "syscalls_per_mib"), 32);
  EXPECT_DOUBLE_EQ(number(readings, "sender_ns_per_gib"), 4000.0 * 1024);
  EXPECT_DOUBLE_EQ(number(readings, "receiver_ns_per_gib"), 1000.0 * 1024);
}

TEST(DeriveTransfer, ATrialThatSendsNothingHasTheCopiesOfItsReads) {
  Readings readings = {{"bytes", "derived", Value(kMoved)},
                       {"buffered_read_bytes", "wire_ownership", Value(kMoved)},
                       {"wire_other_bytes", "wire_ownership", Value(std::int64_t{0})}};
  derive_copies(readings);
  EXPECT_DOUBLE_EQ(number(readings, "copies_per_byte"), 1);
}

TEST(DeriveTransfer, WhereNobodyLookedThereIsNoCount) {
  Readings readings = {{"bytes", "derived", Value(kMoved)}};
  derive_copies(readings);
  derive_crossings(readings);
  EXPECT_EQ(readings.size(), 1U);
}

}  // namespace
}  // namespace faultlab::record
