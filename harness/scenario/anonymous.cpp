// Scenarios of anonymous private memory in 4 KiB pages: first touches, and what needs none.
#include <unistd.h>

#include "os/zero_page.hpp"
#include "scenario/ground.hpp"

namespace faultlab {
namespace {

using namespace scenario;

constexpr Recipe kWrite = {.prepare = [](Stand& s) { return s.small_pages(); },
                           .act = write_all_pages,
                           .forecast = [](const Stand& s) -> Result<Forecast> {
                             return in_user_mode(s.pages, "one fault per 4 KiB page (MADV_NOHUGEPAGE)");
                           }};

constexpr Recipe kRead = {
    .prepare = [](Stand& s) { return s.small_pages(); },
    .act = read_all_pages,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return in_user_mode(s.pages, os::loads_share_zero_page()
                                       ? "one fault per page maps the shared zero page (do_anonymous_page)"
                                       : "one fault per page, which each load gets for itself: this "
                                         "kernel shares no page of zeros");
    }};

constexpr Recipe kZeroUpgrade = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = s.small_pages(); !made) return made;
      return read_all_pages(s);
    },
    .act = write_all_pages,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      if (!os::loads_share_zero_page()) return nothing(kNoZeroPage);
      return in_user_mode(s.pages, "the zero page is read-only: each page's first write faults (do_wp_page)");
    }};

constexpr Recipe kDontneed = {.prepare = [](Stand& s) -> Result<> {
                                if (auto made = s.small_pages_written(); !made) return made;
                                return s.region.advise(0, s.pages, MADV_DONTNEED);
                              },
                              .act = write_all_pages,
                              .forecast = [](const Stand& s) -> Result<Forecast> {
                                return in_user_mode(s.pages,
                                                    "MADV_DONTNEED has freed the pages: first touch again");
                              }};

constexpr Recipe kFree = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = s.small_pages_written(); !made) return made;
      return s.region.advise(0, s.pages, MADV_FREE);
    },
    .act = write_all_pages,
    .forecast = [](const Stand&) -> Result<Forecast> {
      return nothing("MADV_FREE leaves pages mapped until reclaim takes them, and there is none");
    }};

constexpr Recipe kProtect = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = s.small_pages_written(); !made) return made;
      return s.region.protect(0, s.pages, PROT_READ);
    },
    .act = [](Stand& s) -> Result<> {
      if (auto allowed = s.region.protect(0, s.pages, kReadWrite); !allowed) return allowed;
      return write_all_pages(s);
    },
    .forecast = [](const Stand&) -> Result<Forecast> {
      return nothing("mprotect makes exclusive dirty pages writable itself (can_change_pte_writable)");
    }};

constexpr Recipe kMove = {.prepare = [](Stand& s) -> Result<> {
                            if (auto made = s.small_pages_written(); !made) return made;
                            auto target = os::AnonRegion::reserve(PageCount(s.pages));
                            if (!target) return propagate(std::move(target));
                            s.other = std::move(*target);
                            return {};
                          },
                          .act = [](Stand& s) -> Result<> {
                            if (auto moved = s.region.move_to(s.other, s.pages); !moved) return moved;
                            write_pages(s.other.at(), s.pages);
                            return {};
                          },
                          .forecast = [](const Stand&) -> Result<Forecast> {
                            return nothing("mremap(2) moves the page table entries, writable as they are");
                          }};

// Grown inside the window: earlier, the harness would bring the new heap in with the rest of its own.
constexpr Recipe kHeap = {
    .prepare = [](Stand&) -> Result<> { return os::huge_pages_off(); },
    .act = [](Stand& s) -> Result<> {
      const auto grown = static_cast<std::intptr_t>(s.pages * kPageSize);
      void* at = ::sbrk(grown);
      if (reinterpret_cast<std::intptr_t>(at) == -1) return os::os_failure("grow the heap");
      const auto address = reinterpret_cast<std::uintptr_t>(at);
      auto* first = reinterpret_cast<std::byte*>((address + kPageSize - 1) / kPageSize * kPageSize);
      write_pages(first, s.pages - 1);
      return {};
    },
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return in_user_mode(s.pages - 1, "one fault per whole page of grown heap (PR_SET_THP_DISABLE)");
    }};

}  // namespace

extern const ScenarioSpec anon_write_scenario;
extern const ScenarioSpec anon_read_scenario;
extern const ScenarioSpec anon_zero_upgrade_scenario;
extern const ScenarioSpec anon_dontneed_scenario;
extern const ScenarioSpec anon_free_scenario;
extern const ScenarioSpec anon_protect_scenario;
extern const ScenarioSpec anon_move_scenario;
extern const ScenarioSpec heap_write_scenario;
const ScenarioSpec anon_write_scenario = {
    {.name = "anon_write", .summary = "First write to anonymous memory"}, true, from_recipe<kWrite>};
const ScenarioSpec anon_read_scenario = {
    {.name = "anon_read", .summary = "First read of anonymous memory: the zero page"},
    true,
    from_recipe<kRead>};
const ScenarioSpec anon_zero_upgrade_scenario = {
    {.name = "anon_zero_upgrade", .summary = "First write where the zero page was read before"},
    true,
    from_recipe<kZeroUpgrade>};
const ScenarioSpec anon_dontneed_scenario = {
    {.name = "anon_dontneed", .summary = "Write after MADV_DONTNEED"}, true, from_recipe<kDontneed>};
const ScenarioSpec anon_free_scenario = {
    {.name = "anon_free", .summary = "Write after MADV_FREE, without reclaim"}, true, from_recipe<kFree>};
const ScenarioSpec anon_protect_scenario = {
    {.name = "anon_protect", .summary = "Write after read-only and back (mprotect)"},
    true,
    from_recipe<kProtect>};
const ScenarioSpec anon_move_scenario = {
    {.name = "anon_move", .summary = "Write after mremap to another address"}, true, from_recipe<kMove>};
const ScenarioSpec heap_write_scenario = {
    {.name = "heap_write", .summary = "First write to heap grown with brk"}, true, from_recipe<kHeap>};

}  // namespace faultlab
