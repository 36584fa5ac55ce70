// The walk over folios that predicts faults.
#include "scenario/fault_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace faultlab::scenario {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};

}  // namespace

std::string describe(const Layout& layout) {
  std::map<std::uint64_t, std::uint64_t> counts;
  for (const auto& folio : layout) ++counts[folio.pages];
  std::string text;
  for (const auto& [pages, count] : counts) {
    text += fmt::format("{}{}x{}p", text.empty() ? "" : " ", count, pages);
  }
  return text.empty() ? "none" : text;
}

MappingModel::MappingModel(const Layout& layout, const FaultRules& rules, std::uint64_t pages)
    : rules_(rules),
      pages_(pages),
      layout_(layout),
      folio_of_(pages, kNone),
      mapped_by_(pages),
      writable_(pages),
      dirty_(pages) {
  for (std::uint32_t i = 0; i < layout_.size(); ++i) {
    const std::uint64_t end = std::min(pages, layout_[i].first + layout_[i].pages);
    for (std::uint64_t page = layout_[i].first; page < end; ++page) folio_of_[page] = i;
  }
}

// Within the mapping and within one page table.
bool MappingModel::fits(const Folio& folio) const {
  const std::uint64_t last = folio.first + folio.pages - 1;
  return last < pages_ && folio.first / kTablePages == last / kTablePages;
}

bool MappingModel::none_mapped(const Folio& folio) const {
  const auto from = mapped_by_.begin() + static_cast<std::ptrdiff_t>(folio.first);
  return std::all_of(from, from + static_cast<std::ptrdiff_t>(folio.pages),
                     [](std::uint64_t fault) { return fault == 0; });
}

void MappingModel::set(std::uint64_t first, std::uint64_t count, bool writable) {
  for (std::uint64_t page = first; page < first + count; ++page) {
    if (!mapped(page)) mapped_by_[page] = faults_;
    if (writable) writable_[page] = dirty_[page] = true;
  }
}

void MappingModel::around(std::uint64_t page) {
  const std::uint64_t table = page / kTablePages * kTablePages;
  const std::uint64_t from = page / rules_.window * rules_.window;
  const std::uint64_t end = std::min({from + rules_.window, table + kTablePages, pages_});
  for (std::uint64_t at = from; at < end;) {
    const std::uint32_t index = folio_of_[at];
    if (index == kNone) {
      ++at;
      continue;
    }
    const Folio& folio = layout_[index];
    const std::uint64_t folio_end = folio.first + folio.pages;
    if (!folio.marked) {
      if (rules_.around_maps_folio && folio.pages > 1 && fits(folio)) {
        set(folio.first, folio.pages, false);
      } else {
        set(at, std::min(end, folio_end) - at, false);
      }
    }
    at = folio_end;
  }
}

void MappingModel::finish(std::uint64_t page, bool writable) {
  const std::uint32_t index = folio_of_[page];
  if (index == kNone) return set(page, 1, writable);
  Folio& folio = layout_[index];
  folio.marked = false;
  if (rules_.finish_maps_folio && folio.pages > 1 && fits(folio) && none_mapped(folio)) {
    set(folio.first, folio.pages, writable);
  } else {
    set(page, 1, writable);
  }
}

// Mapped by one entry of the upper table: filemap_map_pmd for reads, finish_fault for writes.
bool MappingModel::huge(std::uint64_t page) const {
  const std::uint32_t index = folio_of_[page];
  if (!rules_.maps_pmd || index == kNone) return false;
  const Folio& folio = layout_[index];
  return folio.pages == kTablePages && fits(folio) && none_mapped(folio);
}

bool MappingModel::read(std::uint64_t page) {
  if (mapped(page)) return false;
  ++faults_;
  if (huge(page)) {
    set(layout_[folio_of_[page]].first, kTablePages, false);
    return true;
  }
  if (rules_.window > 1) around(page);
  if (!mapped(page)) finish(page, false);
  return true;
}

bool MappingModel::write(std::uint64_t page) {
  if (mapped(page) && writable_[page]) return false;
  ++faults_;
  if (mapped(page)) {
    set(page, 1, true);  // mm/memory.c: wp_page_shared, page by page
  } else if (huge(page)) {
    set(layout_[folio_of_[page]].first, kTablePages, true);
  } else {
    finish(page, true);
  }
  return true;
}

void MappingModel::clean() {
  std::fill(writable_.begin(), writable_.end(), false);
  std::fill(dirty_.begin(), dirty_.end(), false);
}

std::uint64_t MappingModel::dirty_pages() const {
  std::vector<bool> folios(layout_.size());
  std::uint64_t dirty = 0;
  for (std::uint64_t page = 0; page < pages_; ++page) {
    if (!dirty_[page]) continue;
    const std::uint32_t index = folio_of_[page];
    if (index == kNone) {
      ++dirty;
    } else if (!folios[index]) {
      folios[index] = true;
      dirty += layout_[index].pages;
    }
  }
  return dirty;
}

std::uint64_t read_faults(const Layout& layout, const FaultRules& rules, std::uint64_t pages,
                          std::uint64_t step) {
  MappingModel model(layout, rules, pages);
  for (std::uint64_t page = 0; page < pages; page += step) model.read(page);
  return model.faults();
}

std::uint64_t write_faults(const Layout& layout, const FaultRules& rules, std::uint64_t pages,
                           std::uint64_t step) {
  MappingModel model(layout, rules, pages);
  for (std::uint64_t page = 0; page < pages; page += step) model.write(page);
  return model.faults();
}

std::uint64_t most_misses(std::uint64_t pages, std::uint64_t ahead) {
  return std::min(pages, 1 + (2 * pages + ahead - 1) / ahead);
}

Layout single_pages(std::uint64_t pages) {
  Layout layout(pages);
  for (std::uint64_t page = 0; page < pages; ++page) layout[page].first = page;
  return layout;
}

}  // namespace faultlab::scenario
