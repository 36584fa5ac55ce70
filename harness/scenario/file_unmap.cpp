// Page table entries that went away, or moved, while the pages stayed; and pages that left.
#include <fcntl.h>
#include <fmt/format.h>

#include "dataset/dataset.hpp"
#include "os/file.hpp"
#include "os/fork.hpp"
#include "os/signal_catcher.hpp"
#include "scenario/file_touch.hpp"

namespace faultlab {
namespace {

using scenario::exactly;

// mm/madvise.c: MADV_DONTNEED takes the entries of a file mapping away, and no page.
class Dontneed : public scenario::FileTouch {
 public:
  Dontneed() : FileTouch({}) {}
  Result<Forecast> forecast() override {
    auto found = known();
    if (!found) return propagate(std::move(found));
    scenario::sum_pages(region_.data(), pages());
    if (auto gone = region_.advise(MADV_DONTNEED); !gone) return propagate(std::move(gone));
    Forecast forecast;
    forecast.minor = exactly(reads(*found));
    forecast.rule = "the pages stay in memory, and are mapped as for the first time: " + found->rule;
    return forecast;
  }
};

// mm/madvise.c: MADV_PAGEOUT reclaims clean pages that this mapping alone maps.
class Pageout : public scenario::FileTouch {
 public:
  Pageout() : FileTouch({.advice = MADV_RANDOM}) {}
  Result<Forecast> forecast() override {
    file_.release();
    std::int64_t left = 0;
    scenario::sum_pages(region_.data(), pages());  // only mapped pages are paged out
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      if (auto out = region_.advise(MADV_PAGEOUT); !out) return propagate(std::move(out));
      const Value resident = dataset::resident_by_mincore(file_.fd(), bytes_of(PageCount(pages())));
      if (!resident.present()) return fail(resident.why());
      left = resident.integer();
      if (left == 0) break;
      // Pages in another CPU's batch are on no list yet. This leaves mapped pages where they are, but
      // empties all batches first (mm/fadvise.c: lru_add_drain_all).
      if (auto drained = os::advise_file(file_.fd(), POSIX_FADV_DONTNEED, "the scenario's file"); !drained)
        return propagate(std::move(drained));
    }
    if (left != 0) return fail(fmt::format("MADV_PAGEOUT left {} of {} pages in memory", left, pages()));
    Forecast forecast;
    forecast.major = forecast.misses = exactly(pages());
    forecast.rule = "MADV_PAGEOUT took every page out of memory, and MADV_RANDOM reads nothing ahead";
    return forecast;
  }

 private:
  static constexpr int kAttempts = 20;
};

// mm/mremap.c: move_page_tables takes the entries along.
class Moved : public scenario::FileTouch {
 public:
  Moved() : FileTouch({}) {}
  Result<Forecast> forecast() override {
    auto target = os::FileRegion::reserve(PageCount(pages()));
    if (!target) return propagate(std::move(target));
    target_ = std::move(*target);
    scenario::sum_pages(region_.data(), pages());
    Forecast forecast;
    forecast.rule = "mremap(2) moves the page table entries with the mapping (mm/mremap.c: move_page_tables)";
    return forecast;
  }
  Result<> act() noexcept override {
    if (auto moved = region_.move_to(target_); !moved) return moved;
    sum_ = scenario::sum_pages(target_.data(), pages());
    return {};
  }

 private:
  os::FileRegion target_;
};

// mm/memory.c, vma_needs_copy: fork(2) leaves the entries of a shared file mapping behind, since a fault
// can make them again.
class ForkChild : public scenario::FileTouch {
 public:
  ForkChild() : FileTouch({}) {}
  Result<> prepare(const Ground& ground) override {
    if (auto prepared = FileTouch::prepare(ground); !prepared) return prepared;
    auto found = known();
    if (!found) return propagate(std::move(found));
    found_ = std::move(*found);
    scenario::sum_pages(region_.data(), pages());
    return os::continue_in_child();
  }
  Result<Forecast> forecast() override {
    Forecast forecast;
    forecast.minor = exactly(reads(found_));
    forecast.rule = "a child has the mapping and none of its entries: " + found_.rule;
    return forecast;
  }

 private:
  Known found_;
};

// mm/filemap.c, filemap_fault: a page beyond the end of the file is VM_FAULT_SIGBUS, and the handler has
// been entered by then.
class BeyondTheEnd : public scenario::FileTouch {
 public:
  BeyondTheEnd() : FileTouch({}) {}
  Result<Forecast> forecast() override {
    Forecast forecast;
    forecast.failed = forecast.failed_counted = exactly(pages());
    forecast.rule = "beyond the end of the file: SIGBUS from the mapping's handler, which pgfault counts";
    return forecast;
  }
  Result<> act() noexcept override {
    caught_ = os::count_signals(region_.data(), pages(), kPage.value);
    return {};
  }
  std::uint64_t event_pages() const override { return 0; }
  std::string verify() override {
    if (caught_ == pages()) return {};
    return fmt::format("{} touches ended in a signal, not {}", caught_, pages());
  }

 private:
  Result<> set_up() override {
    const std::uint64_t end = pages() + scenario::kTailPages;
    if (auto mapped = region_.map(file_.fd(), region_.all(), end, PROT_READ, MAP_SHARED); !mapped)
      return mapped;
    auto catcher = os::SignalCatcher::install();
    if (!catcher) return propagate(std::move(catcher));
    catcher->keep();
    return {};
  }

  std::uint64_t caught_ = 0;
};

}  // namespace

extern const ScenarioSpec file_sigbus_scenario;
extern const ScenarioSpec file_dontneed_scenario, file_pageout_scenario, file_mremap_scenario,
    file_fork_child_scenario;

const ScenarioSpec file_dontneed_scenario{
    {"file_dontneed", "read again after MADV_DONTNEED, which leaves the pages in memory"},
    true,
    scenario::make_scenario<Dontneed>};
const ScenarioSpec file_pageout_scenario{
    {"file_pageout", "read again after MADV_PAGEOUT, which takes them out of memory; MADV_RANDOM"},
    true,
    scenario::make_scenario<Pageout>};
const ScenarioSpec file_mremap_scenario{
    {"file_mremap", "move a mapping and read it there: no fault"}, true, scenario::make_scenario<Moved>};

const ScenarioSpec file_fork_child_scenario{
    {"file_fork_child", "a forked child reads a file mapping that its parent has read"},
    true,
    scenario::make_scenario<ForkChild>};

const ScenarioSpec file_sigbus_scenario{{"file_sigbus", "touch pages beyond the end of a file: SIGBUS"},
                                        true,
                                        scenario::make_scenario<BeyondTheEnd>};

}  // namespace faultlab
