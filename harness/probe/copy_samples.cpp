// Probe `copy_samples`: in which share of their time the workers are in the kernel's copying functions.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "os/kernel_symbols.hpp"
#include "os/perf_event.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

// A thousand samples a second; a ring holds a minute of them.
constexpr std::uint64_t kPeriodNs = 1'000'000;
constexpr std::size_t kRingPages = 256;

// Where bytes move between user memory, the page cache and socket buffers (lib/iov_iter.c, arch/x86/lib).
// Functions that are inlined into these count as them.
constexpr auto kCopying = std::to_array<std::string_view>(
    {"_copy_to_iter", "_copy_from_iter", "_copy_from_iter_nocache", "copy_page_to_iter",
     "copy_page_from_iter", "copy_page_from_iter_atomic", "copy_folio_from_iter_atomic",
     "rep_movs_alternative", "copy_user_generic_unrolled", "copy_user_generic_string",
     "copy_user_enhanced_fast_string", "memcpy", "__memcpy", "memcpy_orig", "memcpy_erms", "copy_page",
     "skb_copy_bits", "_copy_to_user", "_copy_from_user"});

// PERF_RECORD_SAMPLE with IP (perf_event_open(2)).
struct IpSample {
  perf_event_header header;
  std::uint64_t instruction;
};

class CopySampling {
 public:
  static Result<CopySampling> begin(const ProbeTarget& target) {
    auto workers = workers_of(target);
    if (!workers) return propagate(std::move(workers));
    auto attributes = os::software_event(PERF_COUNT_SW_CPU_CLOCK);
    attributes.sample_period = kPeriodNs;
    attributes.sample_type = PERF_SAMPLE_IP;
    CopySampling sampling;
    for (const Worker& worker : *workers) {
      auto event = os::PerfEvent::open(attributes, {.thread = worker.thread}, "cpu-clock");
      if (!event) return propagate(std::move(event));
      sampling.events_.push_back(std::make_unique<os::PerfEvent>(std::move(*event)));
      auto ring = os::PerfRing::map(*sampling.events_.back(), kRingPages);
      if (!ring) return propagate(std::move(ring));
      sampling.rings_.push_back(std::move(*ring));
    }
    return sampling;
  }

  struct Share {
    std::uint64_t copying = 0;
    std::uint64_t all = 0;
  };
  Result<Share> end() {
    for (const auto& event : events_) {
      if (auto stopped = event->disable(); !stopped) return propagate(std::move(stopped));
    }
    const auto functions = os::kernel_functions(kCopying);
    if (!functions) return Failure(functions.error());
    Share share;
    for (os::PerfRing& ring : rings_) {
      ring.drain([&](const perf_event_header& header) {
        if (header.type != PERF_RECORD_SAMPLE) return;
        IpSample sample{};
        std::memcpy(&sample, &header, sizeof sample);
        ++share.all;
        share.copying += std::any_of(functions->begin(), functions->end(),
                                     [&](const auto& each) { return each.holds(sample.instruction); });
      });
    }
    return share;
  }

 private:
  std::vector<std::unique_ptr<os::PerfEvent>> events_;  // which their rings outlive not
  std::vector<os::PerfRing> rings_;
};

class CopySamplesProbe final : public Probe {
 public:
  explicit CopySamplesProbe(const ProbeTarget& target) : target_(target) {}

  void before() override {
    auto sampling = CopySampling::begin(target_);
    if (sampling) {
      sampling_.emplace(std::move(*sampling));
    } else {
      share_ = propagate(std::move(sampling));
    }
  }

  void after() override {
    if (!sampling_) return;
    share_ = sampling_->end();
    sampling_.reset();
  }

  void report(Readings& readings) const override {
    const Value samples = share_ ? Value::count(share_->all) : Value(Missing{reason_of(share_.error())});
    const Value copying = share_ ? Value::count(share_->copying) : samples;
    readings.push_back({"cpu_samples", "copy_samples", samples});
    readings.push_back({"copy_time_share", "copy_samples", copying / samples});
  }

 private:
  ProbeTarget target_;
  std::optional<CopySampling> sampling_;
  Result<CopySampling::Share> share_ = fail("the window never opened");
};

}  // namespace

extern const ProbeSpec copy_samples_probe;
const ProbeSpec copy_samples_probe = {
    {.name = "copy_samples",
     .summary =
         "perf event cpu-clock: a thousand samples a second of where the workers are, for the share of the "
         "kernel's copying functions"},
    ProbeSide::parent,
    [](const ProbeTarget& target) -> std::unique_ptr<Probe> {
      return std::make_unique<CopySamplesProbe>(target);
    },
    ProbeKind::tracer};

}  // namespace faultlab
