// Pressure `memcg_limit`: a hard limit on the trial's memory cgroup. Reclaim runs in the faulting task.
#include <array>

#include "catalogue/pressure_spec.hpp"
#include "host/cgroup.hpp"

namespace faultlab {
namespace {

constexpr Need kMemcgLimitNeeds[] = {Need::memory_cgroup};

constexpr auto kMemcgLimitOptions = std::to_array<OptionSpec>({
    {.name = "limit",
     .type = OptionType::size,
     .fallback = "",
     .meaning = "v2 memory.max, v1 memory.limit_in_bytes; \"none\" lifts it",
     .minimum = 4.0 * 1024 * 1024,
     .none_allowed = true},
});

class MemcgLimit final : public Pressure {
 public:
  Result<Achieved> apply(const PressureRequest& request, const Options& options) override {
    const Bytes limit = options.bytes("limit");
    if (request.cgroup == nullptr) {
      if (limit == kNoLimit) return Achieved{"limit", kNoLimit};
      return fail("set a memory limit: this host gives the trial no memory cgroup",
                  "see `faultlab doctor` for what is missing, or run without pressure.memcg_limit");
    }
    cgroup_ = request.cgroup;
    if (auto set = cgroup_->set_limit(limit); !set) return propagate(std::move(set));
    if (!request.swap_allowed) {
      if (auto forbidden = request.cgroup->forbid_swap(); !forbidden) return propagate(std::move(forbidden));
    }
    auto achieved = request.cgroup->limit();
    if (!achieved) return propagate(std::move(achieved));
    return Achieved{"limit", *achieved};
  }

  Result<Bytes> dial(Bytes limit) override {
    if (auto set = cgroup_->set_limit(limit); !set) return propagate(std::move(set));
    return cgroup_->limit();
  }

 private:
  MemoryCgroup* cgroup_ = nullptr;
};

}  // namespace

extern const PressureSpec memcg_limit_pressure;
const PressureSpec memcg_limit_pressure = {
    {.name = "memcg_limit",
     .summary = "hard limit of the trial's memory cgroup; reclaim runs in the faulting task",
     .needs = kMemcgLimitNeeds,
     .options = kMemcgLimitOptions},
    [](const Options& options) { return options.bytes("limit"); },
    [] { return std::unique_ptr<Pressure>(std::make_unique<MemcgLimit>()); },
    "limit"};

}  // namespace faultlab
