// Scenarios of shared memory (memfd, shared anonymous) and of the pool of huge pages.
#include <fcntl.h>

#include "os/file.hpp"
#include "scenario/fault_model.hpp"
#include "scenario/ground.hpp"

namespace faultlab {
namespace {

using namespace scenario;

constexpr Need kPoolNeeds[] = {Need::huge_page_pool};
constexpr KnobSetting kPoolKnobs[] = {{"huge_page_pool", "2", true}};
constexpr std::uint64_t kPoolPages = 2;

// MADV_NOHUGEPAGE holds for faults on shared memory too (mm/shmem.c, shmem_huge_global_enabled).
Result<> shared_small_pages(Stand& s, os::AnonRegion& region, std::uint64_t pages) {
  auto reserved = os::AnonRegion::reserve(PageCount(pages));
  if (!reserved) return propagate(std::move(reserved));
  region = std::move(*reserved);
  if (auto mapped = region.map_file(s.fd, pages); !mapped) return mapped;
  [[maybe_unused]] auto advised = region.advise(0, pages, MADV_NOHUGEPAGE);
  return {};
}

Result<> memory_file(Stand& s) {
  auto memory = os::make_memfd("faultlab-scenario", Bytes(s.pages * kPageSize));
  if (!memory) return propagate(std::move(memory));
  s.fd = std::move(*memory);
  return shared_small_pages(s, s.region, s.pages);
}

// Filled through one mapping; `region` is a second one, untouched.
Result<> filled_memory_file(Stand& s) {
  if (auto made = memory_file(s); !made) return made;
  if (auto wrote = write_all_pages(s); !wrote) return wrote;
  s.other = std::move(s.region);
  s.region = {};
  return shared_small_pages(s, s.region, s.pages);
}

// How many pages a read fault maps: one page of a fresh mapping is read, and /proc/self/pagemap tells
// which are present then (bit 63; Documentation/admin-guide/mm/pagemap.rst).
Result<std::uint64_t> fault_around_pages(Stand& s) {
  os::AnonRegion probe;
  if (auto made = shared_small_pages(s, probe, kTablePages); !made) return propagate(std::move(made));
  read_pages(probe.at(kTablePages / 2), 1);
  auto pagemap = os::open_fd("/proc/self/pagemap", O_RDONLY);
  if (!pagemap) return propagate(std::move(pagemap));
  std::array<std::uint64_t, kTablePages> entries{};
  const auto offset = reinterpret_cast<std::uintptr_t>(probe.at()) / kPageSize * sizeof entries[0];
  if (auto got = os::read_at(*pagemap, entries.data(), sizeof entries, offset, "/proc/self/pagemap"); !got) {
    return propagate(std::move(got));
  }
  constexpr std::uint64_t kPresent = 1ULL << 63;
  return std::count_if(entries.begin(), entries.end(), [](std::uint64_t e) { return (e & kPresent) != 0; });
}

constexpr Recipe kFirstWrite = {
    .prepare = memory_file, .act = write_all_pages, .forecast = [](const Stand& s) -> Result<Forecast> {
      return in_user_mode(s.pages, "one fault per page of new shared memory (MADV_NOHUGEPAGE)");
    }};

constexpr Recipe kAnonymous = {.prepare = [](Stand& s) -> Result<> {
                                 auto reserved = os::AnonRegion::reserve(PageCount(s.pages));
                                 if (!reserved) return propagate(std::move(reserved));
                                 s.region = std::move(*reserved);
                                 if (auto mapped = s.region.map(0, s.pages, kReadWrite, MAP_SHARED); !mapped)
                                   return mapped;
                                 [[maybe_unused]] auto advised = s.region.advise(0, s.pages, MADV_NOHUGEPAGE);
                                 return {};
                               },
                               .act = write_all_pages,
                               .forecast = kFirstWrite.forecast};

constexpr Recipe kRemapWrite = {
    .prepare = filled_memory_file,
    .act = write_all_pages,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return in_user_mode(s.pages,
                          "a write fault maps one page, resident or not: no fault-around (do_shared_fault)");
    }};

constexpr Recipe kRemapRead = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = filled_memory_file(s); !made) return made;
      auto window = fault_around_pages(s);
      if (!window) return propagate(std::move(window));
      s.window = *window;
      return {};
    },
    .act = read_all_pages,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return in_user_mode(s.pages / s.window, "fault-around maps " + std::to_string(s.window) +
                                                  " resident pages at once (seen in /proc/self/pagemap)");
    },
    .events = [](const Stand& s) { return s.pages / s.window; },
    .event_pages = [](const Stand& s) { return s.window; }};

constexpr Recipe kReadThenWrite = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = filled_memory_file(s); !made) return made;
      return read_all_pages(s);
    },
    .act = write_all_pages,
    .forecast = [](const Stand&) -> Result<Forecast> {
      return nothing("shared memory keeps no track of dirtying: reading mapped it writable");
    }};

constexpr Recipe kPool = {.prepare = [](Stand& s) -> Result<> {
                            s.pages = kPoolPages * kTablePages;
                            auto reserved = os::AnonRegion::reserve(PageCount(s.pages));
                            if (!reserved) return propagate(std::move(reserved));
                            s.region = std::move(*reserved);
                            return s.region.map(0, s.pages, kReadWrite, MAP_HUGETLB);
                          },
                          .act = write_all_pages,
                          .forecast = [](const Stand& s) -> Result<Forecast> {
                            return in_user_mode(s.pages / kTablePages,
                                                "one fault per huge page of the pool (mm/hugetlb.c)");
                          },
                          .events = [](const Stand& s) { return s.pages / kTablePages; },
                          .event_pages = [](const Stand&) { return kTablePages; }};

}  // namespace

extern const ScenarioSpec memfd_write_scenario;
extern const ScenarioSpec shared_anon_write_scenario;
extern const ScenarioSpec memfd_remap_write_scenario;
extern const ScenarioSpec memfd_remap_read_scenario;
extern const ScenarioSpec memfd_read_then_write_scenario;
extern const ScenarioSpec hugetlb_write_scenario;
const ScenarioSpec memfd_write_scenario = {
    {.name = "memfd_write", .summary = "First write to a memfd"}, true, from_recipe<kFirstWrite>};
const ScenarioSpec shared_anon_write_scenario = {
    {.name = "shared_anon_write", .summary = "First write to shared anonymous memory"},
    true,
    from_recipe<kAnonymous>};
const ScenarioSpec memfd_remap_write_scenario = {
    {.name = "memfd_remap_write", .summary = "Write through a second mapping of a filled memfd"},
    true,
    from_recipe<kRemapWrite>};
const ScenarioSpec memfd_remap_read_scenario = {
    {.name = "memfd_remap_read", .summary = "Read through a second mapping of a filled memfd"},
    true,
    from_recipe<kRemapRead>};
const ScenarioSpec memfd_read_then_write_scenario = {
    {.name = "memfd_read_then_write", .summary = "Write where a second mapping of a memfd was read"},
    true,
    from_recipe<kReadThenWrite>};
const ScenarioSpec hugetlb_write_scenario = {
    {.name = "hugetlb_write", .summary = "First write to pages of the huge page pool", .needs = kPoolNeeds},
    true,
    from_recipe<kPool>,
    kPoolKnobs};

}  // namespace faultlab
