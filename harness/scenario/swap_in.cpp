// Scenarios that touch pages which are swapped out: a fault a page, major unless the swap cache has it.
#include <chrono>
#include <thread>

#include "os/page_words.hpp"
#include "scenario/swapping.hpp"

namespace faultlab {
namespace {

using namespace scenario;

template <Filling kFilling>
Result<> prepare(Stand& s) {
  return filled_and_out(s, kFilling);
}

// Reads everything back into the swap cache, and waits until it is there.
Result<> prepare_cached(Stand& s) {
  constexpr int kRounds = 500;
  if (auto out = filled_and_out(s, Filling::half); !out) return out;
  if (auto wanted = s.region.advise(0, s.pages, MADV_WILLNEED); !wanted) return wanted;
  for (int round = 0; round < kRounds; ++round) {
    const auto there = os::pages_in_memory(s.region.at(), PageCount(s.pages));
    if (!there) return Failure(there.error());
    if (std::count(there->begin(), there->end(), false) == 0) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return fail("MADV_WILLNEED did not bring all pages into the swap cache");
}

Forecast major_each(const Stand& s, std::string rule) {
  return {.major = signed_count(s.pages),
          .misses = signed_count(s.pages),
          .swaps = true,
          .rule = std::move(rule)};
}

Result<Forecast> from_device(const Stand& s) {
  Forecast forecast = major_each(
      s, "without read-ahead each page is a miss of its own, read by itself (mm/memory.c, do_swap_page)");
  forecast.device_in = signed_count(s.pages);
  return forecast;
}

// Pages in order: a window holds up to 2^page-cluster of them (mm/swap_state.c, swap_vma_readahead). A page
// of a window that is still being read is waited for, and ends as either.
Result<Forecast> from_device_ahead(const Stand& s) {
  constexpr std::int64_t kWindow = 8;
  const std::int64_t pages = signed_count(s.pages);
  return Forecast{
      .minor = Range(0, pages - pages / kWindow),
      .major = Range(pages / kWindow, pages),
      .misses = Range(pages / kWindow, pages),
      .swaps = true,
      .device_in = pages,
      .rule = "a miss reads a window of 8 pages at most; who finds one of them there has a minor fault"};
}

Result<Forecast> from_zram(const Stand& s) {
  Forecast forecast = major_each(s,
                                 "a miss as well, though nothing waits: the swap cache is passed by for "
                                 "devices that answer at once (mm/memory.c, SWP_SYNCHRONOUS_IO)");
  forecast.device_in = signed_count(s.pages);
  return forecast;
}

Result<Forecast> from_zswap(const Stand& s) {
  Forecast forecast = major_each(s, "a miss of the swap cache is major, also where zswap has the page");
  forecast.zswap_in = signed_count(s.pages);
  return forecast;
}

Result<Forecast> from_zeros(const Stand& s) {
  if (!zeros_are_remembered()) return from_device(s);
  Forecast forecast = major_each(s, "a miss of the swap cache is major, also where only a bit is looked at");
  forecast.zero_in = signed_count(s.pages);
  return forecast;
}

Result<Forecast> from_cache(const Stand& s) {
  return Forecast{.minor = signed_count(s.pages),
                  .swaps = true,
                  .rule = "the swap cache has every page: mapped without a miss (mm/memory.c, do_swap_page)"};
}

template <Filling kFilling>
std::string came_back(const Stand& s) {
  return all_whole(s, kFilling);
}

constexpr Recipe kDevice = {.prepare = prepare<Filling::half>,
                            .act = read_all_pages,
                            .forecast = from_device,
                            .verify = came_back<Filling::half>};
constexpr Recipe kDeviceAhead = {.prepare = prepare<Filling::half>,
                                 .act = read_all_pages,
                                 .forecast = from_device_ahead,
                                 .verify = came_back<Filling::half>};
constexpr Recipe kZram = {.prepare = prepare<Filling::half>,
                          .act = read_all_pages,
                          .forecast = from_zram,
                          .verify = came_back<Filling::half>};
constexpr Recipe kZswap = {.prepare = prepare<Filling::half>,
                           .act = read_all_pages,
                           .forecast = from_zswap,
                           .verify = came_back<Filling::half>};
constexpr Recipe kZeros = {.prepare = prepare<Filling::zeros>,
                           .act = read_all_pages,
                           .forecast = from_zeros,
                           .verify = came_back<Filling::zeros>};
constexpr Recipe kCached = {.prepare = prepare_cached,
                            .act = read_all_pages,
                            .forecast = from_cache,
                            .verify = came_back<Filling::half>};

}  // namespace

extern const ScenarioSpec swap_in_file_scenario;
extern const ScenarioSpec swap_in_file_ahead_scenario;
extern const ScenarioSpec swap_in_zram_scenario;
extern const ScenarioSpec swap_in_zswap_scenario;
extern const ScenarioSpec swap_in_zeros_scenario;
extern const ScenarioSpec swap_in_cached_scenario;
const ScenarioSpec swap_in_file_scenario = {
    {.name = "swap_in_file", .summary = "Reading what a swap file holds", .needs = kAreaNeeds},
    true,
    from_recipe<kDevice>,
    kPlain,
    "file"};
const ScenarioSpec swap_in_file_ahead_scenario = {
    {.name = "swap_in_file_ahead", .summary = "The same in order, with read-ahead", .needs = kAreaNeeds},
    false,
    from_recipe<kDeviceAhead>,
    kAhead,
    "file"};
const ScenarioSpec swap_in_zram_scenario = {
    {.name = "swap_in_zram", .summary = "Reading what a zram device holds", .needs = kZramNeeds},
    true,
    from_recipe<kZram>,
    kPlain,
    "zram"};
const ScenarioSpec swap_in_zswap_scenario = {
    {.name = "swap_in_zswap", .summary = "Reading what zswap holds before a swap file", .needs = kAreaNeeds},
    true,
    from_recipe<kZswap>,
    kCompressed,
    "file"};
const ScenarioSpec swap_in_zeros_scenario = {
    {.name = "swap_in_zeros", .summary = "Reading pages of zeros that were swapped out", .needs = kAreaNeeds},
    true,
    from_recipe<kZeros>,
    kPlain,
    "file"};
const ScenarioSpec swap_in_cached_scenario = {
    {.name = "swap_in_cached", .summary = "Reading swapped pages after MADV_WILLNEED", .needs = kAreaNeeds},
    true,
    from_recipe<kCached>,
    kPlain,
    "file"};

}  // namespace faultlab
