// The eviction ledger: which pages of a file came into memory, which left, and who took them. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.hpp"

namespace faultlab {

// Who moved a page.
enum class Mover : std::uint8_t {
  trial,          // a task of the trial
  kernel_thread,  // kswapd, kdamond and their like
  other,          // another process
};
inline constexpr std::size_t kMovers = 3;

struct LedgerEvent {
  enum class Kind : std::uint8_t { add, removal };
  std::uint64_t time_ns = 0;  // CLOCK_MONOTONIC
  PageIndex page;             // the folio's first
  PageCount pages;            // of the folio: a power of two
  Kind kind = Kind::add;
  Mover mover = Mover::trial;
  std::uint16_t cpu = 0;
};

// In pages.
struct LedgerTotals {
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  std::uint64_t distinct_added = 0;  // pages that came in at least once
  std::uint64_t resident = 0;        // as the ledger has it: at the start, plus added, less removed
  std::array<std::uint64_t, kMovers> added_by{};
  std::array<std::uint64_t, kMovers> removed_by{};
  // Removals of pages that were not there, and additions of pages that were: an event is missing, or
  // the residency at the start was wrong.
  std::uint64_t inconsistent = 0;

  std::uint64_t added_again() const { return added - distinct_added; }
  std::uint64_t removed_from(Mover mover) const { return removed_by[static_cast<std::size_t>(mover)]; }
  std::uint64_t added_from(Mover mover) const { return added_by[static_cast<std::size_t>(mover)]; }
  std::int64_t growth() const {
    return static_cast<std::int64_t>(added) - static_cast<std::int64_t>(removed);
  }
};

class Ledger {
 public:
  // `resident`: for each page of the file, whether it was in memory when the ledger was opened.
  explicit Ledger(std::vector<bool> resident);

  // In the order of time. A folio may reach beyond the end of the file: its pages count there too.
  void enter(const LedgerEvent& event);
  const LedgerTotals& totals() const { return totals_; }

 private:
  void enter_page(std::uint64_t page, LedgerEvent::Kind kind);

  std::vector<bool> resident_;
  std::vector<bool> ever_added_;
  LedgerTotals totals_;
};

}  // namespace faultlab
