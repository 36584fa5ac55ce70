// How many faults first touches of anonymous memory take when huge pages of several sizes may be used.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace faultlab::scenario {

// Sizes in 4 KiB pages, largest first, that the settings allow where MADV_HUGEPAGE was given.
struct HugeSizes {
  std::vector<std::uint64_t> allowed;
  bool zero_page =
      true;  // reads map the huge zero page (use_zero_page), where loads share one of zeros at all
  bool small_zero_page = true;  // reads map the small one where the huge one does not fit
};
// `root` is prefixed to /sys. Before Linux 6.8 there is one size only, without a folder of its own.
Result<HugeSizes> huge_sizes(const std::string& root = "");

// Pages [first, first + count) of one mapping, all untouched, written in ascending order: each fault
// takes the largest allowed size whose aligned place lies in the mapping (mm/memory.c,
// alloc_anon_folio; the largest by do_huge_pmd_anonymous_page).
std::uint64_t faults_of_writes(const HugeSizes& sizes, std::uint64_t first, std::uint64_t count);
// The same for reads: the huge zero page where 2 MiB fit, the small one elsewhere; as for writes where loads
// share none.
std::uint64_t faults_of_reads(const HugeSizes& sizes, std::uint64_t first, std::uint64_t count);

}  // namespace faultlab::scenario
