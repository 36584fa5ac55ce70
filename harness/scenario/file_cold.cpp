// Pages of a file that are not in memory, without read-ahead: every touch is a miss.
#include <fcntl.h>

#include <vector>

#include "scenario/file_touch.hpp"
#include "scenario/shuffle.hpp"
#include "scenario/task_reads.hpp"

namespace faultlab {
namespace {

using scenario::Fill;

// mm/filemap.c: do_sync_mmap_readahead reads nothing ahead under VM_RAND_READ, so that filemap_fault
// brings in the one page that was touched, and what fault-around would map is mapped already.
class ColdRandom : public scenario::FileTouch {
 public:
  explicit ColdRandom(const scenario::TouchPlan& plan = {.cold = true, .advice = MADV_RANDOM})
      : FileTouch(plan) {}

  Result<Forecast> forecast() override {
    Forecast forecast;
    forecast.major = forecast.misses = scenario::exactly(touches());
    forecast.rule = "MADV_RANDOM reads nothing ahead: each page is missed, and read, by itself";
    device_.begin();
    return forecast;
  }
  std::string verify() override {
    auto wrong = FileTouch::verify();
    if (wrong.empty()) wrong = device_.complaint(plan_.fill == Fill::single_pages ? touches() : 0);
    return wrong;
  }

 private:
  scenario::TaskReads device_;
};

class ColdRandomStride : public ColdRandom {
 public:
  ColdRandomStride() : ColdRandom({.cold = true, .advice = MADV_RANDOM, .step = 64}) {}
};
// In random order: a device, or what stands behind a virtual one, cannot guess the next page either.
class ColdShuffled : public ColdRandom {
 public:
  Result<Forecast> forecast() override {
    order_ = scenario::shuffled(touches());
    return ColdRandom::forecast();
  }
  Result<> act() noexcept override {
    for (const std::uint64_t page : order_)
      sum_ += scenario::sum_pages(region_.data() + page * kPage.value, 1);
    return {};
  }

 private:
  std::vector<std::uint64_t> order_;
};
// Each page is asked for just before it is touched, so that the touch finds it on its way and waits. How that
// ends in the account depends on whether the fault is tried again, and how (mm/filemap.c, filemap_fault).
class Awaited : public scenario::FileTouch {
 public:
  Awaited() : FileTouch({.cold = true, .advice = MADV_RANDOM}) {}
  Result<Forecast> forecast() override {
    const auto most = static_cast<std::int64_t>(touches());
    Forecast forecast;
    forecast.minor = forecast.major = forecast.misses = Range(0, most);
    forecast.rule = "a page on its way is waited for: a minor fault, or a major one where it is tried again";
    device_.begin();
    return forecast;
  }
  Result<> act() noexcept override {
    for (std::uint64_t page = 0; page < touches(); ++page) {
      const auto at = static_cast<off_t>(page * kPage.value);
      if (::posix_fadvise(file_.fd().get(), at, kPage.value, POSIX_FADV_WILLNEED) != 0)
        return fail("posix_fadvise(POSIX_FADV_WILLNEED) of one page");
      sum_ += scenario::sum_pages(region_.data() + at, 1);
    }
    return {};
  }
  std::string verify() override {
    auto wrong = FileTouch::verify();
    return wrong.empty() ? device_.complaint(touches()) : wrong;
  }

 private:
  scenario::TaskReads device_;
};
class Hole : public ColdRandom {
 public:
  Hole() : ColdRandom({.fill = Fill::hole, .cold = true, .advice = MADV_RANDOM}) {}
};
class Allocated : public ColdRandom {
 public:
  Allocated() : ColdRandom({.fill = Fill::allocated, .cold = true, .advice = MADV_RANDOM}) {}
};
// The write finds no page: one fault brings it in and makes it writable.
class ColdWrite : public ColdRandom {
 public:
  ColdWrite() : ColdRandom({.cold = true, .advice = MADV_RANDOM, .write = true}) {}
};

}  // namespace

extern const ScenarioSpec file_cold_shuffled_scenario, file_awaited_scenario;
extern const ScenarioSpec file_cold_random_scenario, file_cold_random_stride_scenario, file_hole_scenario,
    file_allocated_scenario, file_cold_write_scenario;

const ScenarioSpec file_cold_random_scenario{
    {"file_cold_random", "read a file that is not in memory, MADV_RANDOM: each page a major fault"},
    true,
    scenario::make_scenario<ColdRandom>};
const ScenarioSpec file_cold_shuffled_scenario{
    {"file_cold_shuffled",
     "read a file that is not in memory in random order, MADV_RANDOM: a major fault each"},
    true,
    scenario::make_scenario<ColdShuffled>};
const ScenarioSpec file_awaited_scenario{
    {"file_awaited",
     "ask for a page (POSIX_FADV_WILLNEED) and touch it at once: it is on its way, and waited for"},
    false,
    scenario::make_scenario<Awaited>};
const ScenarioSpec file_cold_random_stride_scenario{
    {"file_cold_random_stride", "the same, one page of 64: nothing but the touched pages comes in"},
    true,
    scenario::make_scenario<ColdRandomStride>};
const ScenarioSpec file_hole_scenario{
    {"file_hole", "read the hole of a file, MADV_RANDOM: major faults without a read from the device"},
    true,
    scenario::make_scenario<Hole>};
const ScenarioSpec file_allocated_scenario{
    {"file_allocated", "read blocks that fallocate(2) made, MADV_RANDOM: major faults without a read"},
    true,
    scenario::make_scenario<Allocated>};
const ScenarioSpec file_cold_write_scenario{
    {"file_cold_write", "write to a shared mapping of a file that is not in memory, MADV_RANDOM"},
    true,
    scenario::make_scenario<ColdWrite>};

}  // namespace faultlab
