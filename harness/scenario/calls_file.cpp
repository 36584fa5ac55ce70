// Calls around faults on files: none of them faults.
#include <fcntl.h>

#include <cerrno>
#include <vector>

#include "dataset/dataset.hpp"
#include "os/file.hpp"
#include "scenario/file_touch.hpp"

namespace faultlab {
namespace {

using scenario::exactly;
using scenario::Fill;

// A file in memory whose pages the mapping maps, and a call in the window.
class MappedCall : public scenario::FileTouch {
 public:
  explicit MappedCall(const scenario::TouchPlan& plan = {}) : FileTouch(plan) {}
  Result<Forecast> forecast() override {
    if (plan_.write) {
      scenario::mark_pages(region_.data(), pages());
    } else {
      scenario::sum_pages(region_.data(), pages());
    }
    Forecast forecast;
    forecast.rule = "the call touches no page of the program's";
    return forecast;
  }
  std::string verify() override { return {}; }
};

class Munmap : public MappedCall {
 public:
  Result<> act() noexcept override { return region_.give_up(); }
};

// mm/madvise.c: MADV_PAGEOUT isolates and reclaims what this mapping alone maps: unmapping, unhooking from
// the page cache and freeing, as reclaim under pressure does, without the search for what to take.
class PageoutCall : public MappedCall {
 public:
  PageoutCall() : MappedCall({.advice = MADV_RANDOM}) {}
  Result<Forecast> forecast() override {
    file_.release();
    // Empties the batches of all CPUs, where pages are on no list yet, and leaves mapped pages in memory
    // (mm/fadvise.c).
    if (auto drained = os::advise_file(file_.fd(), POSIX_FADV_DONTNEED, "the scenario's file"); !drained)
      return propagate(std::move(drained));
    return MappedCall::forecast();
  }
  Result<> act() noexcept override { return region_.advise(MADV_PAGEOUT); }
  std::uint64_t events() const override {
    const auto stayed = left();
    return stayed.present() ? pages() - static_cast<std::uint64_t>(stayed.integer()) : 0;
  }
  std::string verify() override {
    const auto stayed = left();
    if (!stayed.present()) return stayed.why();
    if (static_cast<std::uint64_t>(stayed.integer()) <= pages() / kPart) return {};
    return "MADV_PAGEOUT left " + std::to_string(stayed.integer()) + " of " + std::to_string(pages()) +
           " pages in memory";
  }

 private:
  static constexpr std::uint64_t kPart = 16;  // so few that a page's price is hardly another
  Value left() const { return dataset::resident_by_mincore(file_.fd(), bytes_of(PageCount(pages()))); }
};

class WillneedCall : public MappedCall {
 public:
  Result<> act() noexcept override { return region_.advise(MADV_WILLNEED); }
};

class MsyncClean : public MappedCall {
 public:
  Result<> act() noexcept override {
    for (std::uint64_t i = 0; i < kCalls; ++i) {
      if (auto synced = region_.sync(); !synced) return synced;
    }
    return {};
  }
  std::uint64_t events() const override { return kCalls; }
  std::uint64_t event_pages() const override { return 0; }

 private:
  static constexpr std::uint64_t kCalls = 256;
};

class MsyncDirty : public MappedCall {
 public:
  MsyncDirty() : MappedCall({.write = true}) {}
  Result<Forecast> forecast() override {
    if (auto clean = file_.sync(); !clean) return propagate(std::move(clean));
    return MappedCall::forecast();
  }
  Result<> act() noexcept override { return region_.sync(); }
};

// Questions about all pages, so often that the call itself does not show.
template <class Ask>
class Asking : public MappedCall {
 public:
  Result<Forecast> forecast() override {
    ask_.make_room(pages());
    if (auto answered = ask_(file_, region_); !answered) {
      answered.error().code = answered.error().code == ENOSYS ? EOPNOTSUPP : answered.error().code;
      return propagate(std::move(answered));
    }
    return MappedCall::forecast();
  }
  Result<> act() noexcept override {
    for (std::uint64_t i = 0; i < kTimes; ++i) {
      if (auto answered = ask_(file_, region_); !answered) return answered;
    }
    return {};
  }
  std::uint64_t events() const override { return kTimes * pages(); }

 private:
  static constexpr std::uint64_t kTimes = 64;
  Ask ask_;
};

struct Mincore {
  std::vector<unsigned char> flags;
  void make_room(std::uint64_t pages) { flags.assign(pages, 0); }
  Result<> operator()(const scenario::FileGround&, const os::FileRegion& region) {
    if (::mincore(region.data(), flags.size() * kPage.value, flags.data()) != 0)
      return os::os_failure("mincore");
    return {};
  }
};

struct Cachestat {
  Bytes size{0};
  void make_room(std::uint64_t pages) { size = bytes_of(PageCount(pages)); }
  Result<> operator()(const scenario::FileGround& file, const os::FileRegion&) const {
    const auto counts = dataset::cache_counts(file.fd(), Bytes(0), size);
    return counts ? Result<>() : Result<>(Failure(counts.error()));
  }
};

}  // namespace

extern const ScenarioSpec call_munmap_file_scenario, call_pageout_scenario, call_willneed_scenario,
    call_msync_clean_scenario, call_msync_dirty_scenario, call_mincore_scenario, call_cachestat_scenario;

const ScenarioSpec call_munmap_file_scenario{
    {"call_munmap_file", "munmap of a file's pages, which stay in memory"},
    true,
    scenario::make_scenario<Munmap>};
const ScenarioSpec call_pageout_scenario{
    {"call_pageout", "MADV_PAGEOUT of a file's clean pages: reclaim without a search"},
    true,
    scenario::make_scenario<PageoutCall>};
const ScenarioSpec call_willneed_scenario{{"call_willneed", "MADV_WILLNEED where every page is in memory"},
                                          true,
                                          scenario::make_scenario<WillneedCall>};
const ScenarioSpec call_msync_clean_scenario{
    {"call_msync_clean", "msync where nothing is dirty, a call"}, true, scenario::make_scenario<MsyncClean>};
const ScenarioSpec call_msync_dirty_scenario{
    {"call_msync_dirty", "msync of dirty pages, a page: the device waits"},
    true,
    scenario::make_scenario<MsyncDirty>};
const ScenarioSpec call_mincore_scenario{
    {"call_mincore", "mincore of pages in memory, a page"}, true, scenario::make_scenario<Asking<Mincore>>};
const ScenarioSpec call_cachestat_scenario{{"call_cachestat", "cachestat of pages in memory, a page"},
                                           true,
                                           scenario::make_scenario<Asking<Cachestat>>};

}  // namespace faultlab
