// Pressure `memcg_reclaim`: memory is taken from the trial's cgroup at regular moments, whatever its limit.
#include <array>
#include <optional>

#include "catalogue/pressure_spec.hpp"
#include "host/cgroup.hpp"
#include "pressure/periodic.hpp"

namespace faultlab {
namespace {

constexpr Need kMemcgReclaimNeeds[] = {Need::memory_cgroup};

constexpr auto kMemcgReclaimOptions = std::to_array<OptionSpec>({
    {.name = "amount",
     .type = OptionType::size,
     .fallback = "none",
     .meaning =
         "taken each time (v2 memory.reclaim); \"none\": all that can go (v1 memory.force_empty takes no "
         "other amount)",
     .minimum = 4096,
     .none_allowed = true},
    kEverySeconds,
});

class MemcgReclaim final : public Pressure {
 public:
  Result<Achieved> apply(const PressureRequest& request, const Options& options) override {
    if (request.cgroup == nullptr) {
      return fail("reclaim from the trial's cgroup: this host gives it none",
                  "see `faultlab doctor` for what is missing, or run without pressure.memcg_reclaim");
    }
    cgroup_ = request.cgroup;
    amount_ = options.bytes("amount");
    every_seconds_ = options.number("every_seconds");
    if (cgroup_->version() == 1 && amount_ != kNoLimit) {
      return fail("reclaim an amount: memory.force_empty of cgroup v1 takes all that can go",
                  "write \"amount\": \"none\", or use a host with cgroup v2");
    }
    return Achieved{"amount", amount_, false};
  }

  void begin() override {
    periodic_.begin(every_seconds_, [this] { return take(); });
  }
  void end() override { periodic_.end(); }

  void report(Readings& readings) const override {
    readings.push_back({"forced_reclaims", "memcg_reclaim", periodic_.told(times_)});
    readings.push_back({"forced_reclaimed_bytes", "memcg_reclaim", periodic_.told(taken_), std::nullopt,
                        "charge before less charge after; what the trial charged meanwhile is not in it"});
  }

  std::string shortfall() const override { return periodic_.error().value_or(""); }

 private:
  Result<> take() {
    const auto before = cgroup_->usage();
    if (!before) return Failure(before.error());
    const Bytes all = *before;
    if (auto reclaimed = cgroup_->reclaim(amount_ == kNoLimit ? all : amount_); !reclaimed) return reclaimed;
    const auto after = cgroup_->usage();
    if (!after) return Failure(after.error());
    ++times_;
    if (*after < *before) taken_ += before->value - after->value;
    return {};
  }

  MemoryCgroup* cgroup_ = nullptr;
  Bytes amount_ = kNoLimit;
  double every_seconds_ = 0;
  std::uint64_t times_ = 0;
  std::uint64_t taken_ = 0;
  Periodic periodic_;  // last: it ends before what it uses
};

}  // namespace

extern const PressureSpec memcg_reclaim_pressure;
const PressureSpec memcg_reclaim_pressure = {
    {.name = "memcg_reclaim",
     .summary =
         "memory is taken from the trial's cgroup at regular moments (v2 memory.reclaim, v1 force_empty)",
     .needs = kMemcgReclaimNeeds,
     .options = kMemcgReclaimOptions},
    [](const Options&) { return kNoLimit; },
    [] { return std::unique_ptr<Pressure>(std::make_unique<MemcgReclaim>()); }};

}  // namespace faultlab
