// Entries of the eviction ledger.
#include "measure/ledger.hpp"

#include <algorithm>
#include <utility>

namespace faultlab {
namespace {

// The largest folio of a page cache: 2 MiB, and a wide margin for kernels to come. A folio at the end
// of the file reaches no farther beyond it.
constexpr std::uint64_t kMostBeyondEnd = 1ULL << 16;

}  // namespace

Ledger::Ledger(std::vector<bool> resident)
    : resident_(std::move(resident)), ever_added_(resident_.size() + kMostBeyondEnd) {
  totals_.resident = static_cast<std::uint64_t>(std::count(resident_.begin(), resident_.end(), true));
  resident_.resize(ever_added_.size());
}

void Ledger::enter(const LedgerEvent& event) {
  const std::uint64_t pages = event.pages.value;
  const auto mover = static_cast<std::size_t>(event.mover);
  if (event.kind == LedgerEvent::Kind::add) {
    totals_.added += pages;
    totals_.added_by[mover] += pages;
    totals_.resident += pages;
  } else {
    totals_.removed += pages;
    totals_.removed_by[mover] += pages;
    totals_.resident -= std::min(pages, totals_.resident);
  }
  for (std::uint64_t i = 0; i < pages; ++i) enter_page(event.page.value + i, event.kind);
}

void Ledger::enter_page(std::uint64_t page, LedgerEvent::Kind kind) {
  const bool adds = kind == LedgerEvent::Kind::add;
  if (page >= resident_.size()) {
    ++totals_.inconsistent;
    if (adds) ++totals_.distinct_added;  // not known to have been here before
    return;
  }
  if (resident_[page] == adds) ++totals_.inconsistent;
  resident_[page] = adds;
  if (!adds || ever_added_[page]) return;
  ever_added_[page] = true;
  ++totals_.distinct_added;
}

}  // namespace faultlab
