// Pressure `memcg_high`: the soft limit of cgroup v2. Beyond it tasks reclaim and are throttled, not killed.
#include <array>

#include "catalogue/pressure_spec.hpp"
#include "host/cgroup.hpp"

namespace faultlab {
namespace {

constexpr Need kMemcgHighNeeds[] = {Need::memory_cgroup, Need::memory_cgroup_v2};

constexpr auto kMemcgHighOptions = std::to_array<OptionSpec>({
    {.name = "high",
     .type = OptionType::size,
     .fallback = "",
     .meaning = "v2 memory.high; \"none\" lifts it",
     .minimum = 4.0 * 1024 * 1024,
     .none_allowed = true},
});

class MemcgHigh final : public Pressure {
 public:
  Result<Achieved> apply(const PressureRequest& request, const Options& options) override {
    const Bytes high = options.bytes("high");
    if (high == kNoLimit) return Achieved{"high", kNoLimit};
    if (request.cgroup == nullptr || request.cgroup->version() != 2) {
      return fail("set memory.high: the trial has no cgroup of version 2",
                  "see `faultlab doctor` for what is missing, or run without pressure.memcg_high");
    }
    cgroup_ = request.cgroup;
    auto achieved = dial(high);
    if (!achieved) return propagate(std::move(achieved));
    return Achieved{"high", *achieved};
  }

  Result<Bytes> dial(Bytes high) override {
    if (auto set = cgroup_->set_high(high); !set) return propagate(std::move(set));
    return cgroup_->high();
  }

 private:
  MemoryCgroup* cgroup_ = nullptr;
};

}  // namespace

extern const PressureSpec memcg_high_pressure;
const PressureSpec memcg_high_pressure = {
    {.name = "memcg_high",
     .summary = "soft limit of the trial's memory cgroup (v2): beyond it tasks reclaim and are throttled",
     .needs = kMemcgHighNeeds,
     .options = kMemcgHighOptions},
    [](const Options& options) { return options.bytes("high"); },
    [] { return std::unique_ptr<Pressure>(std::make_unique<MemcgHigh>()); },
    "high"};

}  // namespace faultlab
