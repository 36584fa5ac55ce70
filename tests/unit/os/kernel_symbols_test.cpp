// Where functions end, by a text like /proc/kallsyms.
#include "os/kernel_symbols.hpp"

#include <gtest/gtest.h>

#include <array>

namespace faultlab::os {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"copy", "memcpy", "absent"};
constexpr std::string_view kText =
    "0000000000000300 T after\n"
    "0000000000000100 T copy\n"
    "0000000000000100 T copy_alias\n"
    "0000000000000200 t memcpy\t[module]\n"
    "0000000000000180 D data\n";

TEST(KernelSymbols, AFunctionEndsWhereTheNextSymbolBegins) {
  const auto found = functions_in(kText, kNames);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->size(), 2U);
  EXPECT_TRUE((*found)[0].holds(0x100));
  EXPECT_TRUE((*found)[0].holds(0x17f));
  EXPECT_FALSE((*found)[0].holds(0x180));
  EXPECT_TRUE((*found)[1].holds(0x200));
  EXPECT_FALSE((*found)[1].holds(0x300));
}

TEST(KernelSymbols, HiddenAddressesAreAnErrorWithARemedy) {
  const auto found = functions_in("0000000000000000 T copy\n0000000000000000 T memcpy\n", kNames);
  ASSERT_FALSE(found.has_value());
  EXPECT_NE(found.error().remedy.find("kptr_restrict"), std::string::npos);
}

TEST(KernelSymbols, LinesThatAreNoneArePassedOver) {
  const auto found = functions_in("nonsense\n\n0000000000000100 T copy\n0000000000000200 T x\n12\n", kNames);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->size(), 1U);
}

}  // namespace
}  // namespace faultlab::os
