// Accesses that fault at nothing: what is left of a price when the kernel has no part in it.
#include <vector>

#include "base/random.hpp"
#include "engine/consume.hpp"
#include "scenario/ground.hpp"
#include "scenario/shuffle.hpp"

namespace faultlab {
namespace {

using namespace scenario;

constexpr std::uint64_t kNearPages = 16;  // whose lines and translations fit the first levels of any cache
constexpr std::uint64_t kReads = 1 << 18;
constexpr std::uint64_t kTouchPasses = 64;  // the first of them finds caches and TLB cold
constexpr std::uint64_t kNearSums = 1 << 13;
constexpr std::uint64_t kLine = 64;
constexpr std::uint64_t kLinesOfPage = kPageSize / kLine;

std::byte*& link_at(std::byte* at) { return *reinterpret_cast<std::byte**>(at); }

// Each page holds the address of the next in a circle through all, in random order; at another line in each,
// since lines at the same place of every page would fight for few sets of the caches.
Result<> lay_circle(Stand& s, std::uint64_t pages) {
  if (auto made = s.small_pages_written(); !made) return made;
  const std::vector<std::uint64_t> order = shuffled(pages);
  const auto place = [&](std::uint64_t page) {
    return s.region.at(page) + mix64(page) % kLinesOfPage * kLine;
  };
  for (std::uint64_t i = 0; i < pages; ++i) {
    link_at(place(order[i])) = place(order[(i + 1) % pages]);
  }
  s.at = place(order[0]);
  return {};
}

// Dependent: a read begins when the one before has ended.
Result<> walk(Stand& s) {
  std::byte* at = s.at;
  for (std::uint64_t i = 0; i < kReads; ++i) at = link_at(at);
  s.at = at;
  return {};
}

std::string still_in_circle(const Stand& s) {
  const bool inside = s.region.at() <= s.at && s.at < s.region.at(s.pages);
  return inside ? std::string() : "the walk has left its circle";
}

// As the engines do: the order is known beforehand, so that a load does not wait for the one before.
Result<> touch(Stand& s) {
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < kTouchPasses; ++i) {
    for (const std::uint64_t page : s.order) total += engine::word_at(s.region.at(page));
  }
  s.sum = total;
  return {};
}

template <std::uint64_t kWithin>
Result<> sum(Stand& s) {
  const std::uint64_t within = kWithin == 0 ? s.pages : kWithin;
  const std::uint64_t sums = kWithin == 0 ? s.pages : kNearSums;
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < sums; ++i) total += engine::sum_words(s.region.at(i % within), kPageSize);
  s.sum = total;
  return {};
}

// write_pages() has left one byte, 1, at the beginning of each page.
std::string summed(const Stand& s, std::uint64_t pages) {
  return s.sum == pages ? std::string() : "the pages summed to " + std::to_string(s.sum);
}

Result<Forecast> no_fault(const Stand&) { return nothing("every page is mapped already"); }

constexpr Recipe kNear = {.prepare = [](Stand& s) { return lay_circle(s, kNearPages); },
                          .act = walk,
                          .forecast = no_fault,
                          .verify = still_in_circle,
                          .events = [](const Stand&) { return kReads; },
                          .event_pages = no_whole_pages};
constexpr Recipe kFar = {.prepare = [](Stand& s) { return lay_circle(s, s.pages); },
                         .act = walk,
                         .forecast = no_fault,
                         .verify = still_in_circle,
                         .events = [](const Stand&) { return kReads; },
                         .event_pages = no_whole_pages};
template <std::vector<std::uint64_t> (*kOrder)(std::uint64_t)>
constexpr Recipe kTouching = {.prepare = [](Stand& s) -> Result<> {
                                s.order = kOrder(s.pages);
                                return s.small_pages_written();
                              },
                              .act = touch,
                              .forecast = no_fault,
                              .verify = [](const Stand& s) { return summed(s, kTouchPasses * s.pages); },
                              .events = [](const Stand& s) { return kTouchPasses * s.pages; },
                              .event_pages = no_whole_pages};
constexpr Recipe kTouchInOrder = kTouching<in_order>, kTouchShuffled = kTouching<shuffled>;
constexpr Recipe kSumNear = {.prepare = [](Stand& s) { return s.small_pages_written(); },
                             .act = sum<kNearPages / 2>,
                             .forecast = no_fault,
                             .verify = [](const Stand& s) { return summed(s, kNearSums); },
                             .events = [](const Stand&) { return kNearSums; }};
constexpr Recipe kSumFar = {.prepare = [](Stand& s) { return s.small_pages_written(); },
                            .act = sum<0>,
                            .forecast = no_fault,
                            .verify = [](const Stand& s) { return summed(s, s.pages); }};

}  // namespace

extern const ScenarioSpec warm_near_scenario, warm_far_scenario, warm_touch_scenario,
    warm_touch_shuffled_scenario, warm_sum_near_scenario, warm_sum_far_scenario;
const ScenarioSpec warm_near_scenario = {
    {.name = "warm_near", .summary = "Dependent reads within 16 pages: TLB and cache hit"},
    true,
    from_recipe<kNear>};
const ScenarioSpec warm_far_scenario = {
    {.name = "warm_far", .summary = "Dependent reads of mapped pages in random order: TLB misses"},
    true,
    from_recipe<kFar>};
const ScenarioSpec warm_touch_scenario = {
    {.name = "warm_touch", .summary = "Independent one-word reads of mapped pages in order"},
    true,
    from_recipe<kTouchInOrder>};
const ScenarioSpec warm_touch_shuffled_scenario = {
    {.name = "warm_touch_shuffled", .summary = "Independent one-word reads of mapped pages in random order"},
    true,
    from_recipe<kTouchShuffled>};
const ScenarioSpec warm_sum_near_scenario = {
    {.name = "warm_sum_near", .summary = "Sum the words of mapped pages that the cache holds"},
    true,
    from_recipe<kSumNear>};
const ScenarioSpec warm_sum_far_scenario = {
    {.name = "warm_sum_far", .summary = "Sum the words of mapped pages, each once, in order"},
    true,
    from_recipe<kSumFar>};

}  // namespace faultlab
