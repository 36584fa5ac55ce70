// One touch, and how many page table entries stand afterwards.
#include "scenario/rules_found.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <optional>

#include "host/text.hpp"
#include "os/file.hpp"
#include "scenario/file_ground.hpp"
#include "scenario/layout.hpp"

namespace faultlab::scenario {
namespace {

constexpr auto kSetting = "/sys/kernel/debug/fault_around_bytes";
constexpr auto kHugePages = "/sys/kernel/mm/transparent_hugepage";

// How many pages one touch of `page` maps in a mapping of its own.
Result<std::uint64_t> mapped_by_touch(const FileGround& file, std::uint64_t page, bool write) {
  auto region = os::FileRegion::reserve(PageCount(file.pages()));
  if (!region) return propagate(std::move(region));
  const int protection = write ? PROT_READ | PROT_WRITE : PROT_READ;
  if (auto mapped = region->map(file.fd(), region->all(), 0, protection, MAP_SHARED); !mapped) {
    return propagate(std::move(mapped));
  }
  std::byte* at = region->data() + page * kPage.value;
  write ? mark_pages(at, 1) : static_cast<void>(sum_pages(at, 1));
  return mapped_pages(region->data(), file.pages());
}

Result<FileGround> kept_file(Ground ground, Fill fill) {
  ground.pages = kTablePages;
  auto file = FileGround::make(ground, fill);
  if (!file) return file;
  if (auto kept = file->keep(); !kept) return propagate(std::move(kept));
  return file;
}

// The largest folio that is smaller than a page table, and larger than one page.
std::optional<Folio> probe_folio(const Layout& layout) {
  std::optional<Folio> best;
  for (const Folio& folio : layout) {
    if (folio.pages > 1 && folio.pages < kTablePages && (!best || folio.pages > best->pages)) best = folio;
  }
  return best;
}

// What is found with large folios; unchanged where the file system makes none, or hides them.
Result<> find_folio_rules(const Ground& ground, FoundRules& found) {
  auto file = kept_file(ground, Fill::large_writes);
  if (!file) return propagate(std::move(file));
  const auto layout = file->layout();
  if (!layout) {
    found.how += "; folio sizes cannot be read";
    return {};
  }
  const auto folio = probe_folio(*layout);
  if (!folio) {
    found.how += "; no large folios to try here";
    return {};
  }
  const std::uint64_t page = folio->first + folio->pages / 2;
  const auto around = mapped_by_touch(*file, page, false);
  if (!around) return Failure(around.error());
  const auto finish = mapped_by_touch(*file, page, true);
  if (!finish) return Failure(finish.error());
  found.rules.around_maps_folio = folio->pages > found.rules.window && *around == folio->pages;
  found.rules.finish_maps_folio = *finish == folio->pages;
  found.how += fmt::format("; in a folio of {} pages a read maps {}, a shared write {}", folio->pages,
                           *around, *finish);
  return {};
}

}  // namespace

Result<std::uint64_t> parse_fault_around(std::string_view text) {
  const auto bytes = host::to_number(host::trim(text));
  if (!bytes) return fail(fmt::format("fault_around_bytes is '{}', not a number", host::trim(text)));
  // mm/memory.c: do_fault_around rounds down to a power of two of pages.
  return std::max<std::uint64_t>(1, std::bit_floor(*bytes / kPage.value));
}

Result<FoundRules> find_rules(const Ground& ground) {
  FoundRules found;
  auto file = kept_file(ground, Fill::single_pages);
  if (!file) return Failure(std::move(file).error().within("find out the fault-around window"));
  const auto window = mapped_by_touch(*file, kTablePages / 2 + 1, false);
  if (!window) return Failure(window.error());
  found.rules.window = *window;
  found.how = fmt::format("fault-around window of {} pages (one touch maps as many)", *window);
  if (const auto text = os::read_text(kSetting)) {
    const auto setting = parse_fault_around(*text);
    if (!setting) return Failure(setting.error());
    if (*setting != *window) {
      return fail(fmt::format("one touch maps {} pages, but {} says {}", *window, kSetting, *setting));
    }
    found.how = fmt::format("fault-around window of {} pages (debugfs and one touch agree)", *window);
  }
  // A PMD for a file's pages needs the kernel's support of transparent huge pages, whatever its mode.
  found.rules.maps_pmd = os::exists(kHugePages);
  if (auto folios = find_folio_rules(ground, found); !folios) return propagate(std::move(folios));
  return found;
}

}  // namespace faultlab::scenario
