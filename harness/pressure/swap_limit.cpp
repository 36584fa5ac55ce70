// Pressure `swap_limit`: a limit on how much of the trial's cgroup may lie in swap.
#include <array>

#include "catalogue/pressure_spec.hpp"
#include "host/cgroup.hpp"

namespace faultlab {
namespace {

constexpr Need kSwapLimitNeeds[] = {Need::memory_cgroup, Need::memory_cgroup_swap};

constexpr auto kSwapLimitOptions = std::to_array<OptionSpec>({
    {.name = "limit",
     .type = OptionType::size,
     .fallback = "",
     .meaning = "v2 memory.swap.max; v1 memory.memsw.limit_in_bytes, so much above the memory limit; "
                "\"none\" lifts it",
     .none_allowed = true},
});

class SwapLimit final : public Pressure {
 public:
  Result<Achieved> apply(const PressureRequest& request, const Options& options) override {
    if (request.cgroup == nullptr) {
      return fail("limit the trial's swap: this host gives it no memory cgroup",
                  "see `faultlab doctor` for what is missing, or run without pressure.swap_limit");
    }
    if (!request.swap_allowed) {
      return fail("limit the trial's swap: it has no swap area",
                  "write \"swap\": {\"kind\": \"file\", ...} too");
    }
    cgroup_ = request.cgroup;
    auto achieved = dial(options.bytes("limit"));
    if (!achieved) return propagate(std::move(achieved));
    return Achieved{"limit", *achieved, false};
  }

  Result<Bytes> dial(Bytes limit) override {
    if (auto set = cgroup_->set_swap_limit(limit); !set) return propagate(std::move(set));
    return cgroup_->swap_limit();
  }

 private:
  MemoryCgroup* cgroup_ = nullptr;
};

}  // namespace

extern const PressureSpec swap_limit_pressure;
const PressureSpec swap_limit_pressure = {
    {.name = "swap_limit",
     .summary =
         "limit on how much of the trial's cgroup may lie in swap; beyond it, what does not fit is killed",
     .needs = kSwapLimitNeeds,
     .options = kSwapLimitOptions},
    [](const Options&) { return kNoLimit; },
    [] { return std::unique_ptr<Pressure>(std::make_unique<SwapLimit>()); },
    "limit"};

}  // namespace faultlab
