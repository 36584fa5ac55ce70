// Pressure `advise`: the trial's own memory is advised away, a share at a time, while it works.
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <optional>
#include <span>
#include <string>

#include "catalogue/pressure_spec.hpp"
#include "measure/clock.hpp"
#include "os/mapping.hpp"
#include "pressure/periodic.hpp"

namespace faultlab {
namespace {

struct Word {
  std::string_view name;
  int advice;
};
constexpr auto kWords = std::to_array<Word>(
    {{"cold", MADV_COLD}, {"pageout", MADV_PAGEOUT}, {"dont_need", MADV_DONTNEED}, {"free", MADV_FREE}});
constexpr auto kNames =
    std::to_array<std::string_view>({kWords[0].name, kWords[1].name, kWords[2].name, kWords[3].name});

constexpr auto kAdviseOptions = std::to_array<OptionSpec>({
    {.name = "advice",
     .type = OptionType::choice,
     .fallback = "pageout",
     .meaning = "MADV_COLD, MADV_PAGEOUT, MADV_DONTNEED or MADV_FREE, see madvise(2)",
     .choices = kNames},
    {.name = "share_percent",
     .type = OptionType::number,
     .fallback = "25",
     .meaning = "of the pages each time: the next ones in the order of addresses, round and round",
     .minimum = 0.001,
     .maximum = 100},
    kEverySeconds,
});

class Advise final : public Pressure {
 public:
  Result<Achieved> apply(const PressureRequest& request, const Options& options) override {
    if (request.memory.empty()) {
      return fail("advise the trial's memory away: its engine maps none",
                  "choose an engine that maps memory");
    }
    memory_ = request.memory;
    advice_ = std::find_if(kWords.begin(), kWords.end(), [&](const Word& word) {
                return word.name == options.text("advice");
              })->advice;
    const auto pages = static_cast<double>(memory_.size() / kPage.value);
    share_ = bytes_of(PageCount(static_cast<std::uint64_t>(
        std::max(1.0, std::round(pages * options.number("share_percent") / 100)))));
    every_seconds_ = options.number("every_seconds");
    return Achieved{"share", share_, false};
  }

  void begin() override {
    periodic_.begin(every_seconds_, [this] { return advise(); });
  }
  void end() override { periodic_.end(); }

  void report(Readings& readings) const override {
    readings.push_back({"advise_calls", "advise", periodic_.told(calls_)});
    readings.push_back({"advised_pages", "advise", periodic_.told(pages_)});
    readings.push_back({"advising_ns", "advise", periodic_.told(spent_ns_)});
  }

  std::string shortfall() const override { return periodic_.error().value_or(""); }

 private:
  Result<> advise() {
    const std::uint64_t began = now_ns();
    for (std::uint64_t left = std::min<std::uint64_t>(share_.value, memory_.size()); left > 0;) {
      const std::uint64_t part = std::min<std::uint64_t>(left, memory_.size() - next_);
      if (auto told = os::advise(memory_.subspan(next_, part), advice_); !told) return told;
      pages_ += part / kPage.value;
      left -= part;
      next_ = (next_ + part) % memory_.size();
    }
    ++calls_;
    spent_ns_ += now_ns() - began;
    return {};
  }

  std::span<std::byte> memory_;
  int advice_ = MADV_COLD;
  Bytes share_{0};
  double every_seconds_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t pages_ = 0;
  std::uint64_t spent_ns_ = 0;
  Periodic periodic_;  // last: it ends before what it uses
};

// What dataset-less memory loses nobody can check; a page that was only marked free keeps its content from
// its next store on.
std::optional<Refusal> refuses(const Options& options, const EngineSpec& engine, Start start) {
  const std::string& advice = options.text("advice");
  if (engine.shape != Shape::access || engine.kernel_work == KernelWork::calls) {
    return Refusal{"engine " + std::string(engine.row.name) + " maps nothing that could be advised away",
                   "choose an engine that maps memory"};
  }
  if (advice == "free" && engine.uses_dataset) {
    return Refusal{"MADV_FREE is for anonymous memory (madvise(2))", "write \"advice\": \"dont_need\""};
  }
  if (advice == "dont_need" && !engine.uses_dataset) {
    return Refusal{
        "MADV_DONTNEED takes the content of anonymous memory away, so that nothing could be checked",
        "write \"advice\": \"pageout\", or \"free\" with a cold start"};
  }
  if (advice == "free" && start != Start::cold) {
    return Refusal{"MADV_FREE may take the content of memory that is only read",
                   "write \"start\": \"cold\": then every access stores first"};
  }
  return std::nullopt;
}

}  // namespace

extern const PressureSpec advise_pressure;
const PressureSpec advise_pressure = {
    .row = {.name = "advise",
            .summary = "a share of the trial's own mapping is advised away at regular moments (MADV_COLD, "
                       "MADV_PAGEOUT, "
                       "MADV_DONTNEED, MADV_FREE), by a thread of its process",
            .options = kAdviseOptions},
    .ceiling = [](const Options&) { return kNoLimit; },
    .make = [] { return std::unique_ptr<Pressure>(std::make_unique<Advise>()); },
    .side = PressureSide::trial,
    .refuses = refuses};

}  // namespace faultlab
