// From page flags to folios.
#include "scenario/layout.hpp"

#include <algorithm>

namespace faultlab::scenario {

Layout parse_layout(std::span<const os::PageWord> pages, std::span<const os::FrameWord> frames) {
  Layout layout;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const auto frame = pages[i].frame();
    if (!frame) continue;
    const auto& flags = frames[i];
    const bool tail = flags.has(os::FrameFlag::compound_tail);
    // A tail belongs to the folio before it when it is the next frame; a folio whose head is outside
    // the file's pages cannot be.
    if (tail && !layout.empty() && layout.back().first + layout.back().pages == i &&
        pages[i - 1].frame() == *frame - 1) {
      ++layout.back().pages;
    } else {
      layout.push_back({i, 1, false, false});
    }
    // Only the head carries the flags of the folio, but a tail of /proc/kpageflags may show them too.
    // PG_readahead shares its bit with PG_reclaim, which pages under writeback carry.
    if (!flags.has(os::FrameFlag::writeback)) {
      layout.back().marked |= flags.has(os::FrameFlag::reclaim) && !tail;
    }
    layout.back().dirty |= flags.has(os::FrameFlag::dirty);
  }
  return layout;
}

Result<Layout> read_layout(const std::byte* at, std::uint64_t pages) {
  auto words = os::page_words(at, PageCount(pages));
  if (!words) return propagate(std::move(words));
  auto frames = os::frame_words(*words);
  if (!frames) return propagate(std::move(frames));
  return parse_layout(*words, *frames);
}

Result<std::uint64_t> mapped_pages(const std::byte* at, std::uint64_t pages) {
  auto words = os::page_words(at, PageCount(pages));
  if (!words) return propagate(std::move(words));
  return static_cast<std::uint64_t>(
      std::count_if(words->begin(), words->end(), [](const os::PageWord& word) { return word.present(); }));
}

}  // namespace faultlab::scenario
