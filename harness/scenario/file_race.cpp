// Two threads that read the same pages, not in memory, at the same time.
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <thread>

#include "os/own_faults.hpp"
#include "scenario/file_touch.hpp"

namespace faultlab {
namespace {

constexpr std::size_t kRunners = 2;
constexpr std::size_t kStackBytes = std::size_t{64} << 10;

// Each page is missed by the first, or by both before either has inserted it (mm/filemap.c: filemap_fault
// looks, misses, and only then allocates). Who comes later waits for the page, or finds it.
class Race : public scenario::FileTouch {
 public:
  Race() : FileTouch({.cold = true, .advice = MADV_RANDOM}) {}
  ~Race() override {
    for (std::atomic<bool>* each : {&go_, &leave_}) {
      each->store(true);
      each->notify_all();
    }
  }

  Result<Forecast> forecast() override {
    for (std::size_t i = 0; i < kRunners; ++i) {
      threads_[i] = std::jthread([this, i] { run(i); });
    }
    for (std::size_t ready = 0; (ready = ready_.load()) < kRunners;) ready_.wait(ready);
    const auto pages = static_cast<std::int64_t>(this->pages());
    Forecast forecast;
    forecast.misses = forecast.major = Range(pages, 2 * pages);
    forecast.minor = Range(0, pages);
    forecast.rule = "each page is missed at least once, and at most by both threads";
    return forecast;
  }

  Result<> act() noexcept override {
    const auto before = os::own_faults();
    go_.store(true, std::memory_order_release);
    go_.notify_all();
    for (std::size_t done = 0; (done = done_.load()) < kRunners;) done_.wait(done);
    whole_ = os::own_faults() - before;
    return {};
  }

  std::string verify() override {
    os::FaultCounts sum;
    for (const Runner& runner : runners_) {
      sum = sum + runner.faults;
      sum_ = runner.sum;
      if (auto wrong = FileTouch::verify(); !wrong.empty()) return wrong;
    }
    if (sum == whole_) return {};
    return fmt::format("the threads took {} minor and {} major faults, the process {} and {}", sum.minor,
                       sum.major, whole_.minor, whole_.major);
  }

 private:
  struct Runner {
    os::FaultCounts faults;
    std::uint64_t sum = 0;
  };

  // A new thread's stack is not there yet; what the window needs of it must be.
  static void touch_stack() noexcept {
    std::array<volatile char, kStackBytes> stack;
    for (std::size_t at = 0; at < stack.size(); at += kPage.value) stack[at] = 0;
  }

  void run(std::size_t i) noexcept {
    Runner& own = runners_[i];
    touch_stack();
    auto before = os::thread_faults();  // the stack and the call are warm then
    ready_.fetch_add(1);
    ready_.notify_all();
    go_.wait(false, std::memory_order_acquire);
    before = os::thread_faults();
    own.sum = scenario::sum_pages(region_.data(), pages());
    own.faults = os::thread_faults() - before;
    done_.fetch_add(1);
    done_.notify_all();
    leave_.wait(false);  // ending faults too, and must not be in the window
  }

  std::array<Runner, kRunners> runners_;
  std::atomic<std::size_t> ready_ = 0, done_ = 0;
  std::atomic<bool> go_ = false, leave_ = false;
  os::FaultCounts whole_;
  std::array<std::jthread, kRunners> threads_;  // last: joined first
};

}  // namespace

extern const ScenarioSpec file_race_cold_scenario;

const ScenarioSpec file_race_cold_scenario{
    {"file_race_cold", "two threads read the same file, not in memory, MADV_RANDOM: who comes second?"},
    false,
    scenario::make_scenario<Race>};

}  // namespace faultlab
