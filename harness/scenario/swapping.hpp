// What the scenarios over swap areas share: memory of known content, and its way out.
#pragma once

#include "scenario/ground.hpp"

namespace faultlab::scenario {

// What the pages hold: half of each words that no compressor finds twice, or zeros.
enum class Filling { half, zeros };

// Small pages, filled; nothing of them waits on another CPU for its place in the reclaim lists, where
// MADV_PAGEOUT would not find it (mm/madvise.c drains its own CPU's batch alone).
Result<> filled(Stand& stand, Filling filling);

// The same, then swapped out until no page is in memory, not in the swap cache either.
Result<> filled_and_out(Stand& stand, Filling filling);

// MADV_PAGEOUT of all pages.
Result<> page_out(Stand& stand);

// After the event: every page has an entry of the swap area; every page has its content.
std::string all_swapped(const Stand& stand);
std::string all_whole(const Stand& stand, Filling filling);

// Linux 6.12 and later remember pages of zeros in a bitmap (mm/page_io.c, swap_zeromap); before, they are
// stored like others.
bool zeros_are_remembered();

// Switches of the kernel under which counts are exact: no swap read-ahead; zswap off, or on.
inline constexpr KnobSetting kPlain[] = {{"page_cluster", "0"}, {"zswap", "N"}};
inline constexpr KnobSetting kAhead[] = {{"page_cluster", "3"}, {"zswap", "N"}};
inline constexpr KnobSetting kCompressed[] = {{"page_cluster", "0"}, {"zswap", "Y"}};
inline constexpr Need kAreaNeeds[] = {Need::swap_areas};
inline constexpr Need kZramNeeds[] = {Need::swap_areas, Need::zram};

}  // namespace faultlab::scenario
