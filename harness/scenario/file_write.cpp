// Writes to file mappings: write-protection of shared pages, copies of private ones.
#include <fmt/format.h>

#include "os/file.hpp"
#include "scenario/file_touch.hpp"
#include "scenario/layout.hpp"

namespace faultlab {
namespace {

using scenario::exactly;
using scenario::Fill;
using scenario::mark_pages;
using scenario::sum_pages;

constexpr scenario::TouchPlan kSharedWrite = {.write = true};

// mm/memory.c: do_shared_fault does not fault around, and finish_fault maps the page, or from Linux 6.18
// on its whole folio, writable and dirty.
class SharedWrite : public scenario::FileTouch {
 public:
  explicit SharedWrite(const scenario::TouchPlan& plan = kSharedWrite) : FileTouch(plan) {}
  Result<Forecast> forecast() override {
    auto found = known();
    if (!found) return propagate(std::move(found));
    Forecast forecast;
    forecast.minor = exactly(writes(*found));
    forecast.rule = std::move(found->rule);
    scenario::MappingModel model(found->layout, found->rules, pages());
    for (std::uint64_t page = 0; page < pages(); page += plan_.step) model.write(page);
    dirty_ = model.dirty_pages();
    return forecast;
  }
  // Only in a kept file can the folios be looked at.
  std::string verify() override {
    const auto layout = file_.layout();
    if (!layout) return {};
    std::uint64_t dirty = 0;
    for (const auto& folio : *layout) dirty += folio.dirty ? folio.pages : 0;
    if (dirty == dirty_ || dirty == 0) return {};  // 0: written back already
    return fmt::format("{} pages are dirty, not {}", dirty, dirty_);
  }

 private:
  std::uint64_t dirty_ = 0;
};
class LargeWrite : public SharedWrite {
 public:
  LargeWrite() : SharedWrite({.fill = Fill::large_writes, .write = true}) {}
};
class LargeWriteStride : public SharedWrite {
 public:
  LargeWriteStride() : SharedWrite({.fill = Fill::large_writes, .write = true, .step = 64}) {}
};

class Rewrite : public scenario::FileTouch {
 public:
  Rewrite() : FileTouch(kSharedWrite) {}
  Result<Forecast> forecast() override {
    Forecast forecast;
    forecast.rule = "the pages are mapped writable since the first write, until they are written back";
    mark_pages(region_.data(), pages());
    return forecast;
  }
};

// mm/page-writeback.c: folio_clear_dirty_for_io write-protects the pages (page_mkclean), so that the next
// write is noticed: do_wp_page, page by page.
class AfterSync : public scenario::FileTouch {
 public:
  AfterSync() : FileTouch(kSharedWrite) {}
  Result<Forecast> forecast() override {
    Forecast forecast;
    forecast.minor = exactly(pages());
    forecast.rule = "writeback write-protects every page (folio_clear_dirty_for_io), so each faults again";
    mark_pages(region_.data(), pages());
    if (auto synced = write_back(); !synced) return propagate(std::move(synced));
    return forecast;
  }

 private:
  virtual Result<> write_back() { return region_.sync(); }
};
class AfterDataSync : public AfterSync {
  Result<> write_back() override { return file_.sync(); }
};
class ReadAfterSync : public AfterSync {
 public:
  Result<Forecast> forecast() override {
    auto forecast = AfterSync::forecast();
    if (!forecast) return forecast;
    forecast->minor = 0;
    forecast->rule = "writeback write-protects pages and leaves them mapped";
    return forecast;
  }
  Result<> act() noexcept override {
    sum_pages(region_.data(), pages());
    return {};
  }
};

// Reads fault around, and map without leave to write; then every page faults once more.
class ReadThenWrite : public scenario::FileTouch {
 public:
  explicit ReadThenWrite(const scenario::TouchPlan& plan = kSharedWrite) : FileTouch(plan) {}
  Result<Forecast> forecast() override {
    auto found = known();
    if (!found) return propagate(std::move(found));
    Forecast forecast;
    forecast.minor = exactly(reads(*found) + pages());
    forecast.rule = "one read fault per window, one write fault per page: " + found->rule;
    return forecast;
  }
  Result<> act() noexcept override {
    sum_pages(region_.data(), pages());
    mark_pages(region_.data(), pages());
    return {};
  }
};

// A private mapping keeps its writes to itself.
std::string unchanged(const scenario::FileGround& file) {
  auto region = os::FileRegion::reserve(PageCount(file.pages()));
  if (!region) return region.error().what;
  if (auto mapped = region->map(file.fd(), region->all(), 0, PROT_READ, MAP_SHARED); !mapped) {
    return mapped.error().what;
  }
  for (std::uint64_t page = 0; page < file.pages(); ++page) {
    const auto* last = region->data() + (page + 1) * kPage.value - 1;
    if (*last == std::byte{1} && file.last_byte(page) != std::byte{1})
      return "the file has a private page's byte";
  }
  return {};
}

constexpr scenario::TouchPlan kPrivateWrite = {.sharing = MAP_PRIVATE, .write = true};

// mm/memory.c: do_cow_fault copies the one page.
class PrivateWrite : public scenario::FileTouch {
 public:
  PrivateWrite() : FileTouch(kPrivateWrite) {}
  Result<Forecast> forecast() override {
    Forecast forecast;
    forecast.minor = exactly(pages());
    forecast.rule = "each page is copied by its own fault (mm/memory.c: do_cow_fault)";
    return forecast;
  }
  std::string verify() override { return unchanged(file_); }
};
class PrivateReadThenWrite : public ReadThenWrite {
 public:
  PrivateReadThenWrite() : ReadThenWrite(kPrivateWrite) {}
  std::string verify() override { return unchanged(file_); }
};

}  // namespace

extern const ScenarioSpec file_shared_write_scenario, file_rewrite_scenario, file_write_after_msync_scenario,
    file_write_after_fdatasync_scenario, file_read_after_msync_scenario, file_read_then_write_scenario,
    file_large_write_scenario, file_large_write_stride_scenario, file_private_write_scenario,
    file_private_read_then_write_scenario;

const ScenarioSpec file_shared_write_scenario{
    {"file_shared_write", "first write to each page of a shared mapping, the file in memory in single pages"},
    true,
    scenario::make_scenario<SharedWrite>};
const ScenarioSpec file_rewrite_scenario{
    {"file_rewrite", "write again to pages that are mapped writable: no fault"},
    true,
    scenario::make_scenario<Rewrite>};
const ScenarioSpec file_write_after_msync_scenario{
    {"file_write_after_msync", "write to pages that msync(2) has written back: each faults again"},
    true,
    scenario::make_scenario<AfterSync>};
const ScenarioSpec file_write_after_fdatasync_scenario{
    {"file_write_after_fdatasync", "write to pages that fdatasync(2) has written back: each faults again"},
    true,
    scenario::make_scenario<AfterDataSync>};
const ScenarioSpec file_read_after_msync_scenario{
    {"file_read_after_msync", "read pages that msync(2) has written back: no fault"},
    true,
    scenario::make_scenario<ReadAfterSync>};
const ScenarioSpec file_read_then_write_scenario{
    {"file_read_then_write", "read, then write each page of a shared mapping"},
    true,
    scenario::make_scenario<ReadThenWrite>};
const ScenarioSpec file_large_write_scenario{
    {"file_large_write", "first write to each page of a shared mapping over large folios"},
    true,
    scenario::make_scenario<LargeWrite>};
const ScenarioSpec file_large_write_stride_scenario{
    {"file_large_write_stride", "one write per 64 pages over large folios: each dirties its whole folio"},
    true,
    scenario::make_scenario<LargeWriteStride>};
const ScenarioSpec file_private_write_scenario{
    {"file_private_write", "first write to each page of a private mapping: a copy per fault"},
    true,
    scenario::make_scenario<PrivateWrite>};
const ScenarioSpec file_private_read_then_write_scenario{
    {"file_private_read_then_write", "read, then write each page of a private mapping"},
    true,
    scenario::make_scenario<PrivateReadThenWrite>};

}  // namespace faultlab
