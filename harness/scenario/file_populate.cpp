// Pages of a file mapped ahead of any touch: get_user_pages faults without a trap (mm/gup.c).
#include <fmt/format.h>

#include "host/read_ahead.hpp"
#include "os/own_faults.hpp"
#include "scenario/file_touch.hpp"

namespace faultlab {
namespace {

using scenario::exactly;
using scenario::Fill;

// Faults that nobody trapped for: perf sees none of them.
Forecast all_direct(Range minor, std::string rule) {
  Forecast forecast;
  forecast.minor = forecast.direct_minor = minor;
  forecast.rule = std::move(rule);
  return forecast;
}

class Direct : public scenario::FileTouch {
 public:
  using FileTouch::FileTouch;
  Result<Forecast> forecast() override {
    auto found = known();
    if (!found) return propagate(std::move(found));
    return all_direct(exactly(plan_.write ? writes(*found) : reads(*found)),
                      "get_user_pages goes through the fault handler without a trap: " + found->rule);
  }
  // That every page is mapped now: reading them all faults no more, and the bytes are right.
  std::string verify() override {
    const auto before = os::own_faults();
    if (auto touched = FileTouch::act(); !touched) return touched.error().what;
    const auto faults = os::own_faults() - before;
    if (faults.minor + faults.major != 0)
      return fmt::format("{} pages were not mapped", faults.minor + faults.major);
    return FileTouch::verify();
  }
};

class MapPopulate : public Direct {
 public:
  explicit MapPopulate(const scenario::TouchPlan& plan = {}) : Direct(plan) {}
  Result<> act() noexcept override {
    return region_.map(file_.fd(), region_.all(), 0, protection(), plan_.sharing | MAP_POPULATE);
  }

 private:
  Result<> set_up() override { return region_.unmap(); }
};
class MapPopulateLarge : public MapPopulate {
 public:
  MapPopulateLarge() : MapPopulate({.fill = Fill::large_writes}) {}
};
// mm/gup.c: populate_vma_page_range begins anew after a fault that dropped the lock to read, so that no
// fault is ever a second attempt, and none major, while filemap_fault counts its misses.
class MapPopulateCold : public MapPopulate {
 public:
  MapPopulateCold() : MapPopulate({.cold = true}) {}
  Result<Forecast> forecast() override {
    const auto ahead = host::read_ahead(file_.fd());
    if (!ahead) return Failure(ahead.error());
    const auto most = static_cast<std::int64_t>(pages());
    const auto fewest = static_cast<std::int64_t>(pages() / scenario::kTablePages);
    Forecast forecast = all_direct(
        Range(fewest, most),
        fmt::format("read-ahead of {} pages: misses are counted, and no major fault", ahead->value));
    forecast.misses = most;
    if (ahead->value > 0) {
      forecast.misses = Range(1, static_cast<std::int64_t>(scenario::most_misses(pages(), ahead->value)));
    }
    return forecast;
  }
};
class PopulateRead : public Direct {
 public:
  explicit PopulateRead(const scenario::TouchPlan& plan = {}) : Direct(plan) {}
  Result<> act() noexcept override { return region_.advise(MADV_POPULATE_READ); }
};
class PopulateWrite : public Direct {
 public:
  PopulateWrite() : Direct({.write = true}) {}
  Result<> act() noexcept override { return region_.advise(MADV_POPULATE_WRITE); }
};
class Lock : public Direct {
 public:
  explicit Lock(const scenario::TouchPlan& plan = {}) : Direct(plan) {}
  Result<> act() noexcept override { return region_.lock(); }
};

// Each page is missed and read by itself. Whether the second attempt, after the read, is the major fault
// that it is for a touch, or a fresh and minor one, depends on the caller and on the kernel (mm/gup.c:
// faultin_page sets FAULT_FLAG_TRIED where its caller lets it try again): one page tells.
template <class Way>
class ColdDirect : public Way {
 public:
  ColdDirect() : Way({.cold = true, .advice = MADV_RANDOM}) {}
  Result<Forecast> forecast() override {
    const auto one = count_one();
    if (!one) return Failure(one.error());
    const auto pages = static_cast<std::int64_t>(this->pages());
    Forecast forecast =
        all_direct(one->minor * pages,
                   fmt::format("{} pages are missed; the fault after the read is {}, as one page shows",
                               pages, one->major == 1 ? "major" : "minor"));
    forecast.major = forecast.direct_major = one->major * pages;
    forecast.misses = pages;
    return forecast;
  }

 private:
  static constexpr std::uint64_t kProbePages = 1;
  static constexpr int kProbes = 3;

  // The same on a file of one page. This process may meet a page of its own program for the first time, too:
  // then once more.
  Result<os::FaultCounts> count_one() {
    Result<os::FaultCounts> one = probe_one();
    for (int again = 1; again < kProbes && !one; ++again) one = probe_one();
    return one;
  }
  Result<os::FaultCounts> probe_one() {
    Probe probe;
    Ground ground = this->ground_;
    ground.pages = kProbePages;
    if (auto prepared = probe.prepare(ground); !prepared) return propagate(std::move(prepared));
    const auto before = os::own_faults();
    if (auto acted = probe.act(); !acted) return propagate(std::move(acted));
    const auto faults = os::own_faults() - before;
    if (faults.minor + faults.major == kProbePages) return faults;
    return fail(
        fmt::format("one cold page took {} minor and {} major faults, not one", faults.minor, faults.major));
  }
  class Probe : public Way {
   public:
    Probe() : Way({.cold = true, .advice = MADV_RANDOM}) {}
  };
};

}  // namespace

extern const ScenarioSpec file_map_populate_scenario, file_map_populate_large_scenario,
    file_map_populate_cold_scenario, file_populate_read_scenario, file_populate_write_scenario,
    file_mlock_scenario, file_populate_read_cold_scenario, file_mlock_cold_scenario;

const ScenarioSpec file_map_populate_scenario{
    {"file_map_populate", "MAP_POPULATE of a file in memory: faults that perf does not see"},
    true,
    scenario::make_scenario<MapPopulate>};
const ScenarioSpec file_map_populate_large_scenario{
    {"file_map_populate_large", "MAP_POPULATE of a file in memory in large folios"},
    true,
    scenario::make_scenario<MapPopulateLarge>};
const ScenarioSpec file_map_populate_cold_scenario{
    {"file_map_populate_cold", "MAP_POPULATE of a file that is not in memory: misses without a major fault"},
    false,
    scenario::make_scenario<MapPopulateCold>};
const ScenarioSpec file_populate_read_scenario{
    {"file_populate_read", "MADV_POPULATE_READ of a file in memory: as many faults as reading it"},
    true,
    scenario::make_scenario<PopulateRead>};
const ScenarioSpec file_populate_write_scenario{
    {"file_populate_write", "MADV_POPULATE_WRITE of a shared mapping: as many faults as writing it"},
    true,
    scenario::make_scenario<PopulateWrite>};
const ScenarioSpec file_mlock_scenario{
    {"file_mlock", "mlock(2) of the mapping of a file in memory: as many faults as reading it"},
    true,
    scenario::make_scenario<Lock>};
const ScenarioSpec file_populate_read_cold_scenario{
    {"file_populate_read_cold", "MADV_POPULATE_READ of a file that is not in memory, MADV_RANDOM"},
    true,
    scenario::make_scenario<ColdDirect<PopulateRead>>};
const ScenarioSpec file_mlock_cold_scenario{
    {"file_mlock_cold", "mlock(2) of the mapping of a file that is not in memory, MADV_RANDOM"},
    true,
    scenario::make_scenario<ColdDirect<Lock>>};

}  // namespace faultlab
