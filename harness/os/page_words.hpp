// What the kernel says of single pages: /proc/self/pagemap by address, /proc/kpageflags by frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace faultlab::os {

// A word of /proc/self/pagemap (Documentation/admin-guide/mm/pagemap.rst).
struct PageWord {
  std::uint64_t raw = 0;
  bool present() const { return (raw >> 63 & 1) != 0; }
  bool swapped() const { return (raw >> 62 & 1) != 0; }
  // Page frame number; nothing where the page is absent, or the reader lacks CAP_SYS_ADMIN (reads 0).
  std::optional<std::uint64_t> frame() const {
    const std::uint64_t number = raw & ((std::uint64_t{1} << 55) - 1);
    return present() && number != 0 ? std::optional(number) : std::nullopt;
  }
};

// One word per page from the page-aligned `at`; anybody may read their own, without frame numbers.
Result<std::vector<PageWord>> page_words(const std::byte* at, PageCount pages);

// For each page whether it is in memory (mincore(2)): of a page that is swapped out, whether the swap cache
// still holds it, or holds it again (mm/mincore.c, mincore_swap). Anybody may ask of their own.
Result<std::vector<bool>> pages_in_memory(std::byte* at, PageCount pages);

// Bits of a word of /proc/kpageflags: include/uapi/linux/kernel-page-flags.h.
enum class FrameFlag : unsigned {
  dirty = 4,
  writeback = 8,
  reclaim = 9,  // PG_reclaim is PG_readahead for pages in the page cache: the mark of read-ahead
  compound_head = 15,
  compound_tail = 16,
};
struct FrameWord {
  std::uint64_t raw = 0;
  bool has(FrameFlag flag) const { return (raw >> static_cast<unsigned>(flag) & 1) != 0; }
};

// One word per frame; nothing for absent ones. Root only (CAP_SYS_ADMIN).
Result<std::vector<FrameWord>> frame_words(std::span<const PageWord> pages);

}  // namespace faultlab::os
