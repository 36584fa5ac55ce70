// A nameless file of a scenario: its folios, and whether it is in memory, are as asked and verified.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "catalogue/scenario_spec.hpp"
#include "os/fd.hpp"
#include "os/file_region.hpp"
#include "scenario/fault_model.hpp"

namespace faultlab::scenario {

enum class Fill {
  single_pages,  // folios of one page
  large_writes,  // write(2) in pieces of 1 MiB: as large as the file system makes them
  huge_writes,   // in pieces of 8 MiB
  large_reads,   // dropped, then read(2) in pieces of 64 KiB: read-ahead decides
  hole,          // nothing was ever written
  allocated,     // fallocate(2): blocks without data
};

// The file goes on for this many pages beyond those a scenario is about: the kernel treats a folio that
// touches the end of a file specially (mm/filemap.c: filemap_map_pages, from 6.18 on).
inline constexpr std::uint64_t kTailPages = 512;

class FileGround {
 public:
  // In `ground.folder`, without a name: nothing is left of it when its owner ends, however that is.
  static Result<FileGround> make(const Ground& ground, Fill fill);

  const os::Fd& fd() const { return fd_; }
  std::uint64_t pages() const { return pages_; }

  // Written back, dropped, and cachestat(2) or mincore(2) says so.
  Result<> drop();
  // Holds all pages in memory through a mapping of its own until release(): a background reclaimer
  // (DAMON's proactive one, for instance) takes pages that nobody maps.
  Result<> keep();
  void release() { keeper_.reset(); }
  Result<std::uint64_t> resident() const;
  Result<> sync() const;

  // Folios of the first pages(). Only while kept. Where the host does not show folio sizes: single
  // pages for a file that was filled by faults of single pages, else an error.
  Result<Layout> layout() const;

  // The wrapping sum of the first words of pages 0, step, ... : what reading them must give.
  std::uint64_t expected_sum(std::uint64_t step = 1) const;
  // The byte that mark_pages would replace.
  std::byte last_byte(std::uint64_t page) const;

 private:
  Result<> fill_with(Fill fill);
  Result<> make_single();
  Result<> write_pieces(std::uint64_t piece) const;
  Result<> read_pieces(std::uint64_t piece) const;
  Result<> fault_in();
  std::string path() const;
  std::uint64_t all_pages() const { return pages_ + kTailPages; }

  os::Fd fd_;
  os::FileRegion keeper_;
  std::uint64_t pages_ = 0;
  std::uint64_t seed_ = 0;
  bool zero_ = false;             // reads as zeros
  bool single_by_fault_ = false;  // filled by faults of one page each
};

// Reads the first word of pages 0, step, 2 * step, ... of a mapping and returns their wrapping sum.
std::uint64_t sum_pages(const std::byte* at, std::uint64_t pages, std::uint64_t step = 1) noexcept;
// Writes one byte, the last, of each.
void mark_pages(std::byte* at, std::uint64_t pages, std::uint64_t step = 1) noexcept;

}  // namespace faultlab::scenario
