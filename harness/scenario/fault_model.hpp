// What one fault maps: the rules of the running kernel, and a walk over a file's folios that counts the
// faults which a sequence of touches must take. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace faultlab::scenario {

inline constexpr std::uint64_t kTablePages = 512;  // entries of a page table

// A folio of a file in the page cache: pages [first, first + pages) of the file.
struct Folio {
  std::uint64_t first = 0;
  std::uint64_t pages = 1;
  bool marked = false;  // PG_readahead: fault-around passes it by, and filemap_fault takes the mark away
  bool dirty = false;
  bool operator==(const Folio&) const = default;
};
// Ascending; pages of no folio are not in memory.
using Layout = std::vector<Folio>;

// "32x256p 64x1p", ascending by size: how a layout reads in a rule.
std::string describe(const Layout& layout);

// What differs between kernels and settings.
struct FaultRules {
  // mm/memory.c: do_fault_around maps what is cached of an aligned window of this many pages; 1: only
  // the page itself. debugfs fault_around_bytes.
  std::uint64_t window = 16;
  // Linux 6.18, mm/filemap.c filemap_map_folio_range: a large folio that fits is mapped whole, also
  // beyond the window.
  bool around_maps_folio = false;
  // Linux 6.18, mm/memory.c finish_fault: the same for the folio that the fault itself is about, writes
  // to shared mappings included.
  bool finish_maps_folio = false;
  // mm/filemap.c filemap_map_pmd: a folio of 512 pages, aligned, is mapped by one PMD.
  bool maps_pmd = false;
};

// A mapping of file pages [0, pages), its first page at the start of a page table, no page mapped yet;
// the file goes on beyond it, so that no folio touches the end of the file.
class MappingModel {
 public:
  MappingModel(const Layout& layout, const FaultRules& rules, std::uint64_t pages);

  // True where the touch faults. A page outside every folio is brought in alone, as MADV_RANDOM does.
  bool read(std::uint64_t page);
  // A write to a shared mapping of a file system that tracks writes (page_mkwrite).
  bool write(std::uint64_t page);
  // Writeback has cleaned the pages: all are write-protected again (page_mkclean).
  void clean();
  // Pages that writes have dirtied; whole folios at a time.
  std::uint64_t dirty_pages() const;

  std::uint64_t faults() const { return faults_; }
  // The number of the fault that mapped this page, counted from 1; 0 while it is not mapped.
  std::uint64_t mapped_by(std::uint64_t page) const { return mapped_by_[page]; }

 private:
  bool mapped(std::uint64_t page) const { return mapped_by_[page] != 0; }
  bool fits(const Folio& folio) const;
  bool huge(std::uint64_t page) const;
  bool none_mapped(const Folio& folio) const;
  void set(std::uint64_t first, std::uint64_t count, bool writable);
  void around(std::uint64_t page);
  void finish(std::uint64_t page, bool writable);

  FaultRules rules_;
  std::uint64_t pages_;
  std::uint64_t faults_ = 0;
  Layout layout_;
  std::vector<std::uint32_t> folio_of_;  // index into layout_, or kNone
  std::vector<std::uint64_t> mapped_by_;
  std::vector<bool> writable_, dirty_;
};

// Faults of one read of each of pages 0, step, 2 * step, ... below `pages`.
std::uint64_t read_faults(const Layout& layout, const FaultRules& rules, std::uint64_t pages,
                          std::uint64_t step = 1);
std::uint64_t write_faults(const Layout& layout, const FaultRules& rules, std::uint64_t pages,
                           std::uint64_t step = 1);

// How often reading `pages` in order can miss with read-ahead of `ahead` pages, not 0: a miss reads a window
// around itself (mm/filemap.c, do_sync_mmap_readahead), so that half of it lies before the next miss.
std::uint64_t most_misses(std::uint64_t pages, std::uint64_t ahead);

// All single pages.
Layout single_pages(std::uint64_t pages);

}  // namespace faultlab::scenario
