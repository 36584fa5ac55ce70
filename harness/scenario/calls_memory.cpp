// Calls around faults on anonymous memory: none of them faults, each prepares or takes away what does.
#include "scenario/companion.hpp"
#include "scenario/ground.hpp"

namespace faultlab {
namespace {

using namespace scenario;

constexpr std::uint64_t kLargeMappings = 512;

// mmap(2) and munmap(2) of `pages` that nobody touches, `times` times: areas come and go, no page table does.
Result<> map_and_unmap(std::uint64_t pages, std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    if (auto gone = os::map_and_unmap(pages); !gone) return gone;
  }
  return {};
}

Result<> written(Stand& s) { return s.small_pages_written(); }
Result<Forecast> no_page_touched(const Stand&) {
  return nothing("the call touches no page of the program's");
}

constexpr Recipe kMapUnmap = {.prepare = [](Stand&) -> Result<> { return map_and_unmap(1, 1); },
                              .act = [](Stand& s) { return map_and_unmap(1, s.pages); },
                              .forecast = no_page_touched,
                              .event_pages = no_whole_pages};
constexpr Recipe kMapUnmapLarge = {.prepare = [](Stand&) -> Result<> { return map_and_unmap(1, 1); },
                                   .act = [](Stand& s) { return map_and_unmap(s.pages, kLargeMappings); },
                                   .forecast = no_page_touched,
                                   .events = [](const Stand&) { return kLargeMappings; },
                                   .event_pages = no_whole_pages};
constexpr Recipe kMunmapWritten = {.prepare = written,
                                   .act = [](Stand& s) { return s.region.unmap(0, s.pages); },
                                   .forecast = no_page_touched};

// One page in the middle, to and fro: the area is split in three, and merged again.
constexpr Recipe kMprotect = {.prepare = written,
                              .act = [](Stand& s) -> Result<> {
                                const std::uint64_t page = s.pages / 2;
                                for (std::uint64_t i = 0; i < s.pages; ++i) {
                                  const int protection = i % 2 == 0 ? PROT_READ : kReadWrite;
                                  if (auto set = s.region.protect(page, 1, protection); !set) return set;
                                }
                                return {};
                              },
                              .forecast = no_page_touched,
                              .event_pages = no_whole_pages};
constexpr Recipe kMprotectWritten = {.prepare = written,
                                     .act = [](Stand& s) { return s.region.protect(0, s.pages, PROT_READ); },
                                     .forecast = no_page_touched};

template <int kAdvice>
Result<> advise_all(Stand& s) {
  return s.region.advise(0, s.pages, kAdvice);
}
template <int kAdvice>
constexpr Recipe kAdvise = {.prepare = written, .act = advise_all<kAdvice>, .forecast = no_page_touched};
constexpr Recipe kCallDontneed = kAdvise<MADV_DONTNEED>;
constexpr Recipe kCallFree = kAdvise<MADV_FREE>;
constexpr Recipe kCallCold = kAdvise<MADV_COLD>;

// A page a call: with another thread of the same memory on another CPU, whose TLB is told each time.
Result<> drop_one_by_one(Stand& s) {
  for (std::uint64_t page = 0; page < s.pages; ++page) {
    if (auto gone = s.region.advise(page, 1, MADV_DONTNEED); !gone) return gone;
  }
  return {};
}
constexpr Recipe kDontneedPage = {.prepare = written, .act = drop_one_by_one, .forecast = no_page_touched};
constexpr Recipe kDontneedPageShared = {.prepare = [](Stand& s) -> Result<> {
                                          if (auto made = written(s); !made) return made;
                                          return s.accompany([](Stand&) {});
                                        },
                                        .act = drop_one_by_one,
                                        .forecast = no_page_touched};

// First writes while another thread maps and unmaps: both want the memory's lock, where the kernel has no
// lock for each area (Linux 6.4, CONFIG_PER_VMA_LOCK).
constexpr Recipe kContended = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = s.small_pages(); !made) return made;
      return s.accompany([](Stand&) { static_cast<void>(map_and_unmap(1, 1)); });
    },
    .act = write_all_pages,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return in_user_mode(s.pages, "one fault per page; the other thread touches none of its mappings");
    }};

}  // namespace

extern const ScenarioSpec call_map_unmap_scenario, call_map_unmap_large_scenario,
    call_munmap_written_scenario, call_mprotect_scenario, call_mprotect_written_scenario,
    call_dontneed_scenario, call_free_scenario, call_cold_scenario, call_dontneed_page_scenario,
    call_dontneed_page_shared_scenario, anon_write_contended_scenario;
const ScenarioSpec call_map_unmap_scenario = {
    {.name = "call_map_unmap", .summary = "mmap and munmap of one page that nobody touches"},
    true,
    from_recipe<kMapUnmap>};
const ScenarioSpec call_map_unmap_large_scenario = {
    {.name = "call_map_unmap_large", .summary = "mmap and munmap of all pages, untouched"},
    true,
    from_recipe<kMapUnmapLarge>};
const ScenarioSpec call_munmap_written_scenario = {
    {.name = "call_munmap_written", .summary = "munmap of written memory: its pages are freed"},
    true,
    from_recipe<kMunmapWritten>};
const ScenarioSpec call_mprotect_scenario = {
    {.name = "call_mprotect", .summary = "mprotect of one page in a mapping, to and fro"},
    true,
    from_recipe<kMprotect>};
const ScenarioSpec call_mprotect_written_scenario = {
    {.name = "call_mprotect_written", .summary = "mprotect of all written pages in one call"},
    true,
    from_recipe<kMprotectWritten>};
const ScenarioSpec call_dontneed_scenario = {
    {.name = "call_dontneed", .summary = "MADV_DONTNEED of written memory in one call"},
    true,
    from_recipe<kCallDontneed>};
const ScenarioSpec call_free_scenario = {
    {.name = "call_free", .summary = "MADV_FREE of written memory in one call"},
    true,
    from_recipe<kCallFree>};
const ScenarioSpec call_cold_scenario = {
    {.name = "call_cold", .summary = "MADV_COLD of written memory in one call"},
    true,
    from_recipe<kCallCold>};
const ScenarioSpec call_dontneed_page_scenario = {
    {.name = "call_dontneed_page", .summary = "MADV_DONTNEED, one page a call"},
    true,
    from_recipe<kDontneedPage>};
const ScenarioSpec call_dontneed_page_shared_scenario = {
    {.name = "call_dontneed_page_shared",
     .summary = "MADV_DONTNEED, one page a call, another CPU's TLB to be told"},
    true,
    from_recipe<kDontneedPageShared>};
const ScenarioSpec anon_write_contended_scenario = {
    {.name = "anon_write_contended",
     .summary = "First write to anonymous memory while another thread maps and unmaps"},
    true,
    from_recipe<kContended>};

}  // namespace faultlab
