// The walk over folios: what one fault maps, by each kernel's rules.
#include "scenario/fault_model.hpp"

#include <gtest/gtest.h>

namespace faultlab::scenario {
namespace {

constexpr FaultRules kOld = {.window = 16, .maps_pmd = true};
constexpr FaultRules kNew = {
    .window = 16, .around_maps_folio = true, .finish_maps_folio = true, .maps_pmd = true};

Layout folios(std::uint64_t pages, std::uint64_t each) {
  Layout layout;
  for (std::uint64_t first = 0; first < pages; first += each) layout.push_back({first, each, false, false});
  return layout;
}

TEST(FaultModel, SinglePagesFaultOncePerWindow) {
  const auto layout = single_pages(1024);
  EXPECT_EQ(read_faults(layout, kOld, 1024), 64U);
  EXPECT_EQ(read_faults(layout, kNew, 1024), 64U);
  EXPECT_EQ(read_faults(layout, {.window = 1}, 1024), 1024U);
  EXPECT_EQ(read_faults(layout, {.window = 4}, 1024), 256U);
}

TEST(FaultModel, WindowsAreClampedToTheMapping) {
  EXPECT_EQ(read_faults(single_pages(100), kOld, 100), 7U);  // 6 windows of 16 and one of 4
}

TEST(FaultModel, StridesBeyondTheWindowFaultEachTime) {
  EXPECT_EQ(read_faults(single_pages(1024), kOld, 1024, 64), 16U);
  EXPECT_EQ(read_faults(single_pages(1024), kOld, 1024, 8), 64U);
}

TEST(FaultModel, LargeFoliosAreMappedWholeFromLinux618On) {
  EXPECT_EQ(read_faults(folios(1024, 256), kOld, 1024), 64U);
  EXPECT_EQ(read_faults(folios(1024, 256), kNew, 1024), 4U);
  EXPECT_EQ(read_faults(folios(1024, 4), kNew, 1024), 64U);  // smaller than the window
}

TEST(FaultModel, HugeFoliosTakeOneFaultOnAnyKernelThatMapsThem) {
  EXPECT_EQ(read_faults(folios(1024, 512), kOld, 1024), 2U);
  FaultRules without = kOld;
  without.maps_pmd = false;
  EXPECT_EQ(read_faults(folios(1024, 512), without, 1024), 64U);
}

TEST(FaultModel, AFolioThatLeavesTheMappingIsMappedByWindows) {
  const Layout layout = {{0, 256, false, false}};
  EXPECT_EQ(read_faults(layout, kNew, 128), 8U);
}

TEST(FaultModel, AFolioAcrossTwoPageTablesIsMappedByWindows) {
  const Layout layout = {{480, 64, false, false}};
  MappingModel model(layout, kNew, 1024);
  EXPECT_TRUE(model.read(480));
  EXPECT_FALSE(model.read(495));
  EXPECT_TRUE(model.read(496));
  EXPECT_TRUE(model.read(512));
}

TEST(FaultModel, MarkedFoliosTakeAFaultOfTheirOwn) {
  Layout layout = single_pages(16);
  layout[5].marked = true;
  EXPECT_EQ(read_faults(layout, kOld, 16), 2U);
  layout[5].marked = false;
  layout[0].marked = true;  // its own fault maps the others around it
  EXPECT_EQ(read_faults(layout, kOld, 16), 1U);
}

TEST(FaultModel, AbsentPagesFaultOneByOne) {
  const Layout layout = {{0, 1, false, false}, {2, 1, false, false}};
  EXPECT_EQ(read_faults(layout, kOld, 4), 3U);  // pages 0 and 2 together; 1; 3
}

TEST(FaultModel, WritesFaultPageByPageOrFolioByFolio) {
  EXPECT_EQ(write_faults(single_pages(1024), kNew, 1024), 1024U);
  EXPECT_EQ(write_faults(folios(1024, 256), kOld, 1024), 1024U);
  EXPECT_EQ(write_faults(folios(1024, 256), kNew, 1024), 4U);
  EXPECT_EQ(write_faults(folios(1024, 512), kOld, 1024), 2U);
}

TEST(FaultModel, AWriteAfterAReadFaultsPageByPage) {
  MappingModel model(folios(512, 256), kNew, 512);
  for (std::uint64_t page = 0; page < 512; ++page) model.read(page);
  EXPECT_EQ(model.faults(), 2U);
  for (std::uint64_t page = 0; page < 512; ++page) EXPECT_TRUE(model.write(page));
  EXPECT_EQ(model.faults(), 514U);
  EXPECT_FALSE(model.write(7));
}

TEST(FaultModel, OneWriteDirtiesItsWholeFolio) {
  MappingModel model(folios(512, 128), kOld, 512);
  model.write(3);
  EXPECT_EQ(model.dirty_pages(), 128U);
  model.write(200);
  EXPECT_EQ(model.dirty_pages(), 256U);
  model.clean();
  EXPECT_EQ(model.dirty_pages(), 0U);
  EXPECT_TRUE(model.write(3));
}

TEST(FaultModel, GroupsAreThePagesOfOneFault) {
  MappingModel model(single_pages(64), kOld, 64);
  for (std::uint64_t page = 0; page < 64; ++page) model.read(page);
  EXPECT_EQ(model.mapped_by(0), 1U);
  EXPECT_EQ(model.mapped_by(15), 1U);
  EXPECT_EQ(model.mapped_by(16), 2U);
  EXPECT_EQ(model.mapped_by(63), 4U);
}

TEST(FaultModel, WhatNoTouchReachesHasNoGroup) {
  MappingModel model(single_pages(64), kOld, 64);
  for (const std::uint64_t page : {32U, 0U}) model.read(page);
  EXPECT_EQ(model.mapped_by(0), 2U);
  EXPECT_EQ(model.mapped_by(16), 0U);
  EXPECT_EQ(model.mapped_by(32), 1U);
  EXPECT_EQ(model.mapped_by(63), 0U);
}

TEST(FaultModel, MissesAreBoundedByHalfAWindowEach) {
  EXPECT_EQ(most_misses(1024, 2048), 2U);
  EXPECT_EQ(most_misses(1024, 32), 65U);
  EXPECT_EQ(most_misses(4, 1), 4U);  // never more than there are pages
}

TEST(FaultModel, LayoutsReadAsCounts) {
  EXPECT_EQ(describe({}), "none");
  EXPECT_EQ(describe({{0, 1, false, false}, {1, 1, false, false}, {4, 4, false, false}}), "2x1p 1x4p");
}

}  // namespace
}  // namespace faultlab::scenario
