// Scenarios that swap pages out (MADV_PAGEOUT): no faults, and each page in the count of whoever keeps it.
#include "scenario/swapping.hpp"

namespace faultlab {
namespace {

using namespace scenario;

template <Filling kFilling>
Result<> prepare_written(Stand& s) {
  return filled(s, kFilling);
}

Result<Forecast> to_device(const Stand& s) {
  return Forecast{.swaps = true,
                  .device_out = signed_count(s.pages),
                  .rule = "each page is handed to the device once (mm/page_io.c, swap_writepage)"};
}

Result<Forecast> to_zswap(const Stand& s) {
  return Forecast{
      .swaps = true,
      .zswap_out = signed_count(s.pages),
      .rule = "zswap takes each page, and the device behind it sees none (mm/zswap.c, zswap_store)"};
}

Result<Forecast> zeros(const Stand& s) {
  if (!zeros_are_remembered()) return to_device(s);
  return Forecast{
      .swaps = true,
      .zero_out = signed_count(s.pages),
      .rule = "of a page of zeros a bit is kept, and no device sees it (mm/page_io.c, swap_writeout)"};
}

constexpr Recipe kToDevice = {
    .prepare = prepare_written<Filling::half>, .act = page_out, .forecast = to_device, .verify = all_swapped};
constexpr Recipe kToZswap = {
    .prepare = prepare_written<Filling::half>, .act = page_out, .forecast = to_zswap, .verify = all_swapped};
constexpr Recipe kZerosOut = {
    .prepare = prepare_written<Filling::zeros>, .act = page_out, .forecast = zeros, .verify = all_swapped};

}  // namespace

extern const ScenarioSpec swap_out_file_scenario;
extern const ScenarioSpec swap_out_zram_scenario;
extern const ScenarioSpec swap_out_zswap_scenario;
extern const ScenarioSpec swap_out_zeros_scenario;
const ScenarioSpec swap_out_file_scenario = {
    {.name = "swap_out_file", .summary = "MADV_PAGEOUT to a swap file", .needs = kAreaNeeds},
    true,
    from_recipe<kToDevice>,
    kPlain,
    "file"};
const ScenarioSpec swap_out_zram_scenario = {
    {.name = "swap_out_zram", .summary = "MADV_PAGEOUT to a zram device", .needs = kZramNeeds},
    true,
    from_recipe<kToDevice>,
    kPlain,
    "zram"};
const ScenarioSpec swap_out_zswap_scenario = {
    {.name = "swap_out_zswap", .summary = "MADV_PAGEOUT with zswap before a swap file", .needs = kAreaNeeds},
    true,
    from_recipe<kToZswap>,
    kCompressed,
    "file"};
const ScenarioSpec swap_out_zeros_scenario = {
    {.name = "swap_out_zeros", .summary = "MADV_PAGEOUT of pages of zeros, a swap file", .needs = kAreaNeeds},
    true,
    from_recipe<kZerosOut>,
    kPlain,
    "file"};

}  // namespace faultlab
