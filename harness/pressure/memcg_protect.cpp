// Not a pressure but its opposite: `memcg_protect` keeps a part of the trial's memory out of others' reclaim.
#include <array>

#include "catalogue/pressure_spec.hpp"
#include "host/cgroup.hpp"

namespace faultlab {
namespace {

constexpr Need kMemcgProtectNeeds[] = {Need::memory_cgroup_v2};

constexpr auto kMemcgProtectOptions = std::to_array<OptionSpec>({
    {.name = "low",
     .type = OptionType::size,
     .fallback = "0 B",
     .meaning = "memory.low: so much is taken only when nothing unprotected is left"},
    {.name = "min",
     .type = OptionType::size,
     .fallback = "0 B",
     .meaning = "memory.min: so much is never taken"},
});

class MemcgProtect final : public Pressure {
 public:
  Result<Achieved> apply(const PressureRequest& request, const Options& options) override {
    if (request.cgroup == nullptr || request.cgroup->version() != 2) {
      return fail("protect the trial's memory: the trial has no cgroup of version 2",
                  "see `faultlab doctor` for what is missing, or run without pressure.memcg_protect");
    }
    auto achieved = request.cgroup->protect(options.bytes("low"), options.bytes("min"));
    if (!achieved) return propagate(std::move(achieved));
    return Achieved{"protected", *achieved, false};
  }
};

}  // namespace

extern const PressureSpec memcg_protect_pressure;
const PressureSpec memcg_protect_pressure = {
    .row = {.name = "memcg_protect",
            .summary = "protection, not pressure: a part of the trial's memory that reclaim for others "
                       "leaves alone (v2 "
                       "memory.low, memory.min)",
            .needs = kMemcgProtectNeeds,
            .options = kMemcgProtectOptions},
    .ceiling = [](const Options&) { return kNoLimit; },
    .make = [] { return std::unique_ptr<Pressure>(std::make_unique<MemcgProtect>()); }};

}  // namespace faultlab
