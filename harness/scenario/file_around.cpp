// Pages that are in memory and not mapped yet: how many one fault maps.
#include <fmt/format.h>

#include "scenario/file_touch.hpp"

namespace faultlab {
namespace {

using scenario::Fill;

// mm/memory.c: do_fault_around.
class Around : public scenario::FileTouch {
 public:
  using FileTouch::FileTouch;
  Result<Forecast> forecast() override {
    auto found = known();
    if (!found) return propagate(std::move(found));
    Forecast forecast;
    forecast.minor = scenario::exactly(reads(*found));
    forecast.rule = std::move(found->rule);
    return forecast;
  }
};

class Warm : public Around {
 public:
  Warm() : Around({.fill = Fill::single_pages}) {}
};
class WarmRandom : public Around {
 public:
  WarmRandom() : Around({.fill = Fill::single_pages, .advice = MADV_RANDOM}) {}
};
class WrittenLarge : public Around {
 public:
  WrittenLarge() : Around({.fill = Fill::large_writes}) {}
};
class ReadLarge : public Around {
 public:
  ReadLarge() : Around({.fill = Fill::large_reads, .whole = true}) {}
};
// Folios of 2 MiB, where the file system makes them, are mapped by one entry of the upper table.
class WrittenHuge : public Around {
 public:
  WrittenHuge() : Around({.fill = Fill::huge_writes}) {}
};
// One touch per 64 pages: fewer faults than touches where folios are larger.
class LargeStride : public Around {
 public:
  LargeStride() : Around({.fill = Fill::large_writes, .step = 64}) {}
};

// Every page its own mapping, in reverse, so that no two merge: nothing lies around a page.
class SinglePageMappings : public scenario::FileTouch {
 public:
  SinglePageMappings() : FileTouch({.fill = Fill::single_pages}) {}

  Result<Forecast> forecast() override {
    Forecast forecast;
    forecast.minor = scenario::exactly(pages());
    forecast.rule =
        "fault-around is clamped to the mapping (mm/memory.c: do_fault_around), which is one page";
    return forecast;
  }

 private:
  Result<> set_up() override {
    if (auto gone = region_.unmap(); !gone) return gone;
    for (std::uint64_t i = 0; i < pages(); ++i) {
      auto mapped = region_.map(file_.fd(), {i, 1}, pages() - 1 - i, PROT_READ, MAP_SHARED);
      if (!mapped) return mapped;
    }
    return {};
  }
};

}  // namespace

extern const ScenarioSpec file_warm_scenario, file_warm_random_scenario, file_single_page_mappings_scenario,
    file_written_large_scenario, file_written_huge_scenario, file_read_large_scenario,
    file_large_stride_scenario;

const ScenarioSpec file_warm_scenario{
    {"file_warm", "read a file in memory in single pages: one fault per fault-around window"},
    true,
    scenario::make_scenario<Warm>};
const ScenarioSpec file_warm_random_scenario{
    {"file_warm_random", "the same with MADV_RANDOM, which stops read-ahead and not fault-around"},
    true,
    scenario::make_scenario<WarmRandom>};
const ScenarioSpec file_single_page_mappings_scenario{
    {"file_single_page_mappings", "read a file in memory through one mapping per page: a fault each"},
    true,
    scenario::make_scenario<SinglePageMappings>};
const ScenarioSpec file_written_large_scenario{
    {"file_written_large", "read a file in memory that was written in pieces of 1 MiB: folios decide"},
    true,
    scenario::make_scenario<WrittenLarge>};
const ScenarioSpec file_written_huge_scenario{
    {"file_written_huge",
     "read a file in memory that was written in pieces of 8 MiB: 2 MiB folios by one fault each"},
    true,
    scenario::make_scenario<WrittenHuge>};
const ScenarioSpec file_read_large_scenario{
    {"file_read_large", "read a file in memory that read(2) brought in: folios of read-ahead decide"},
    true,
    scenario::make_scenario<ReadLarge>};
const ScenarioSpec file_large_stride_scenario{
    {"file_large_stride", "one touch per 64 pages of a file that was written in pieces of 1 MiB"},
    true,
    scenario::make_scenario<LargeStride>};

}  // namespace faultlab
