// Scenarios in which the kernel makes the faults itself, without a trap (get_user_pages): perf and the
// tracepoints see nothing, the task's account and pgfault see all.
#include <sys/resource.h>

#include "os/zero_page.hpp"
#include "scenario/ground.hpp"

namespace faultlab {
namespace {

using namespace scenario;

Result<Forecast> populated(const Stand& s) {
  return without_trap(s.pages, "the kernel touches each page without a trap (mm/gup.c, faultin_page)");
}

constexpr Recipe kMapPopulate = {
    .prepare = [](Stand& s) -> Result<> {
      auto reserved = os::AnonRegion::reserve(PageCount(s.pages));
      if (!reserved) return propagate(std::move(reserved));
      s.region = std::move(*reserved);
      return os::huge_pages_off();
    },
    .act = [](Stand& s) -> Result<> { return s.region.map(0, s.pages, kReadWrite, MAP_POPULATE); },
    .forecast = populated};

constexpr Recipe kPopulateRead = {
    .prepare = [](Stand& s) { return s.small_pages(); },
    .act = [](Stand& s) -> Result<> { return s.region.advise(0, s.pages, MADV_POPULATE_READ); },
    .forecast = populated};

constexpr Recipe kPopulateWrite = {
    .prepare = [](Stand& s) { return s.small_pages(); },
    .act = [](Stand& s) -> Result<> { return s.region.advise(0, s.pages, MADV_POPULATE_WRITE); },
    .forecast = populated};

constexpr Recipe kPopulateReadWrite = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = s.small_pages(); !made) return made;
      return s.region.advise(0, s.pages, MADV_POPULATE_READ);
    },
    .act = write_all_pages,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      if (!os::loads_share_zero_page()) return nothing(kNoZeroPage);
      return in_user_mode(s.pages, "MADV_POPULATE_READ mapped the zero page: each first write faults");
    }};

constexpr Recipe kLock = {.prepare = [](Stand& s) -> Result<> {
                            rlimit limit{};
                            ::getrlimit(RLIMIT_MEMLOCK, &limit);
                            // Ordinary users may lock little; half of it leaves room for others.
                            if (::geteuid() != 0 && limit.rlim_cur != RLIM_INFINITY)
                              s.pages = std::min<std::uint64_t>(s.pages, limit.rlim_cur / 2 / kPageSize);
                            return s.small_pages();
                          },
                          .act = [](Stand& s) -> Result<> { return s.region.lock(0, s.pages); },
                          .forecast = populated};

}  // namespace

extern const ScenarioSpec map_populate_scenario;
extern const ScenarioSpec populate_read_scenario;
extern const ScenarioSpec populate_write_scenario;
extern const ScenarioSpec populate_read_then_write_scenario;
extern const ScenarioSpec lock_scenario;
const ScenarioSpec map_populate_scenario = {
    {.name = "map_populate", .summary = "mmap with MAP_POPULATE, anonymous"},
    true,
    from_recipe<kMapPopulate>};
const ScenarioSpec populate_read_scenario = {
    {.name = "populate_read", .summary = "MADV_POPULATE_READ on untouched memory"},
    true,
    from_recipe<kPopulateRead>};
const ScenarioSpec populate_write_scenario = {
    {.name = "populate_write", .summary = "MADV_POPULATE_WRITE on untouched memory"},
    true,
    from_recipe<kPopulateWrite>};
const ScenarioSpec populate_read_then_write_scenario = {
    {.name = "populate_read_then_write", .summary = "First write after MADV_POPULATE_READ"},
    true,
    from_recipe<kPopulateReadWrite>};
const ScenarioSpec lock_scenario = {
    {.name = "lock", .summary = "mlock on untouched memory"}, true, from_recipe<kLock>};

}  // namespace faultlab
