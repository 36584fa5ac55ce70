// Read-ahead at work: how many touches miss, fault on what is there, or wait for what is in flight.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "host/kernel_release.hpp"
#include "host/read_ahead.hpp"
#include "os/file.hpp"
#include "scenario/file_touch.hpp"
#include "scenario/sleep_witness.hpp"

namespace faultlab {
namespace {

using scenario::Fill;

constexpr std::int64_t signed_of(std::uint64_t count) { return static_cast<std::int64_t>(count); }

// Of a file that is not in memory. The range is stated before. Afterwards the folios that read-ahead has
// made account for every fault: each group of pages that one fault would map, had all been there, took
// one; a further fault in a group is one that found a part of it still in flight the first time.
class ReadAhead : public scenario::FileTouch {
 public:
  explicit ReadAhead(int advice, std::uint64_t step = 1)
      : FileTouch({.cold = true, .advice = advice, .step = step, .whole = true}) {}

  Result<Forecast> forecast() override {
    auto found = scenario::find_rules(ground_);
    if (!found) return propagate(std::move(found));
    rules_ = found->rules;
    const auto ahead = host::read_ahead(file_.fd());
    if (!ahead) return Failure(ahead.error());
    const auto release = host::kernel_release();
    if (!release) return Failure(release.error());
    blocked_stay_minor_ = *release >= host::kBlockedFaultsStayMinor;
    if (auto opened = scenario::SleepWitness::open()) {
      witness_.emplace(std::move(*opened));
      faulted_.assign(pages(), 0);
    } else if (needs_witness()) {
      return propagate(std::move(opened));
    }
    auto forecast = range(ahead->value);
    forecast.rule += "; " + found->how;
    return forecast;
  }

  Result<> act() noexcept override {
    if (witness_) witness_->begin();
    for (std::uint64_t touch = 0; touch < touches(); ++touch) {
      const std::uint64_t page = page_of(touch);
      sum_ += scenario::sum_pages(region_.data() + page * kPage.value, 1);
      if (witness_) faulted_[page] = witness_->after_access() ? 1 : 0;
    }
    return {};
  }

  std::string verify() override {
    auto wrong = FileTouch::verify();
    return wrong.empty() && witness_ ? unaccounted() : wrong;
  }

 protected:
  virtual bool needs_witness() const { return false; }
  virtual std::uint64_t page_of(std::uint64_t touch) const noexcept { return touch * plan_.step; }
  virtual std::uint64_t most_misses(std::uint64_t ahead) const {
    return scenario::most_misses(pages(), ahead);
  }
  // Nobody waited for: read-ahead may be complete before the first touch.
  virtual std::int64_t least_misses() const { return 1; }

  std::optional<scenario::SleepWitness> witness_;

 private:
  Forecast range(std::uint64_t ahead) {
    Forecast forecast;
    const std::int64_t most = signed_of(touches());
    if (ahead == 0) {
      forecast.major = forecast.misses = most;
      forecast.rule = "read_ahead_kb is 0: each touched page is missed";
      return forecast;
    }
    const std::int64_t misses = std::min(most, signed_of(most_misses(ahead)));
    forecast.misses = Range(least_misses(), misses);
    forecast.major = blocked_stay_minor_ ? forecast.misses : Range(least_misses(), most);
    // The fewest: all folios of one page table each, and all there in time.
    const std::int64_t fewest = signed_of(pages() / scenario::kTablePages);
    forecast.minor = Range(std::max<std::int64_t>(0, fewest - forecast.major.most), most);
    forecast.rule = fmt::format(
        "read-ahead of {} pages: at most {} misses; a touch of a page in flight waits, and counts as {}",
        ahead, misses,
        blocked_stay_minor_ ? "minor (file faults under the mapping's own lock, Linux 6.7)"
                            : "major (before Linux 6.7 a retried fault is)");
    return forecast;
  }

  std::string unaccounted() {
    if (auto kept = file_.keep(); !kept) return kept.error().what;
    const auto layout = file_.layout();
    if (!layout) return {};  // folio sizes cannot be read here
    const auto& seen = witness_->counts();
    if (!blocked_stay_minor_ && seen.blocked_minor > 0) {
      return fmt::format("{} faults waited and were counted as minor", seen.blocked_minor);
    }
    scenario::MappingModel model(*layout, rules_, pages());
    for (std::uint64_t touch = 0; touch < touches(); ++touch) model.read(page_of(touch));
    const std::uint64_t last = model.faults();
    std::vector<char> reached(last + 1, 0);
    for (std::uint64_t page = 0; page < pages(); ++page) reached[model.mapped_by(page)] |= faulted_[page];
    const auto without = std::count(reached.begin() + 1, reached.end(), 0);
    if (without == 0) return {};
    return fmt::format("{} of {} groups of pages were mapped without a fault in them (folios {})", without,
                       last, describe(*layout));
  }

  scenario::FaultRules rules_;
  std::vector<char> faulted_;  // by page: whether its touch faulted
  bool blocked_stay_minor_ = true;
};

class Normal : public ReadAhead {
 public:
  Normal() : ReadAhead(MADV_NORMAL) {}
};
class Sequential : public ReadAhead {
 public:
  Sequential() : ReadAhead(MADV_SEQUENTIAL) {}
};
class NormalStride : public ReadAhead {
 public:
  NormalStride() : ReadAhead(MADV_NORMAL, 64) {}
};
// Every page once, far apart from touch to touch. A miss reads around itself as far as nothing is in flight
// there yet; so there is no better bound on misses than the touches.
class NormalRandom : public ReadAhead {
 public:
  NormalRandom() : ReadAhead(MADV_NORMAL) {}

 private:
  static constexpr std::uint64_t kLeap = 769;  // a prime: it shares no factor with whole page tables of pages
  std::uint64_t page_of(std::uint64_t touch) const noexcept override { return touch * kLeap % pages(); }
  std::uint64_t most_misses(std::uint64_t) const override { return touches(); }
};
// mm/filemap.c: do_sync_mmap_readahead asks the mapping, whose advice is madvise's; what posix_fadvise(2)
// left on the descriptor is for read(2).
class DescriptorAdvised : public Normal {
 private:
  Result<> set_up() override { return os::advise_file(file_.fd(), POSIX_FADV_RANDOM, "the scenario's file"); }
};
class Blocked : public ReadAhead {
 public:
  Blocked() : ReadAhead(MADV_NORMAL) {}
  // The event is a touch that waited.
  std::uint64_t events() const override {
    const auto& seen = witness_->counts();
    return seen.blocked_minor + seen.blocked_major;
  }
  std::uint64_t event_pages() const override { return 0; }

 private:
  bool needs_witness() const override { return true; }
};
// mm/madvise.c: madvise_willneed starts reading and waits for nothing.
class Willneed : public ReadAhead {
 public:
  Willneed() : ReadAhead(MADV_NORMAL) {}
  Result<> act() noexcept override {
    if (auto advised = region_.advise(MADV_WILLNEED); !advised) return advised;
    return ReadAhead::act();
  }

 private:
  std::int64_t least_misses() const override { return 0; }
};

}  // namespace

extern const ScenarioSpec file_cold_normal_random_scenario, file_cold_normal_scenario,
    file_cold_sequential_scenario, file_cold_normal_stride_scenario, file_cold_descriptor_advised_scenario,
    file_blocked_scenario, file_willneed_scenario;

const ScenarioSpec file_cold_normal_scenario{
    {"file_cold_normal", "read a file that is not in memory from end to end; read-ahead decides"},
    false,
    scenario::make_scenario<Normal>};
const ScenarioSpec file_cold_sequential_scenario{
    {"file_cold_sequential", "the same with MADV_SEQUENTIAL"}, false, scenario::make_scenario<Sequential>};
const ScenarioSpec file_cold_normal_stride_scenario{
    {"file_cold_normal_stride", "read one page of 64 of a file that is not in memory; read-ahead decides"},
    false,
    scenario::make_scenario<NormalStride>};
const ScenarioSpec file_cold_normal_random_scenario{
    {"file_cold_normal_random", "read a file that is not in memory, in leaps; read-ahead reads around"},
    false,
    scenario::make_scenario<NormalRandom>};
const ScenarioSpec file_cold_descriptor_advised_scenario{
    {"file_cold_descriptor_advised",
     "POSIX_FADV_RANDOM on the descriptor: a mapping reads ahead all the same"},
    false,
    scenario::make_scenario<DescriptorAdvised>};
const ScenarioSpec file_blocked_scenario{
    {"file_blocked", "touches that wait for read-ahead in flight, told apart one by one"},
    false,
    scenario::make_scenario<Blocked>};
const ScenarioSpec file_willneed_scenario{
    {"file_willneed", "MADV_WILLNEED, then read a file that was not in memory"},
    false,
    scenario::make_scenario<Willneed>};

}  // namespace faultlab
