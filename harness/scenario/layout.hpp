// The folios of a mapped file, as /proc/kpageflags shows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "os/page_words.hpp"
#include "scenario/fault_model.hpp"

namespace faultlab::scenario {

// Pages [0, n) of a file by their pagemap and kpageflags words. Pages without a frame are in no folio.
Layout parse_layout(std::span<const os::PageWord> pages, std::span<const os::FrameWord> frames);

// Of a mapping that starts with the file's first page and has every page mapped.
Result<Layout> read_layout(const std::byte* at, std::uint64_t pages);

// How many pages of a mapping have a page table entry.
Result<std::uint64_t> mapped_pages(const std::byte* at, std::uint64_t pages);

}  // namespace faultlab::scenario
