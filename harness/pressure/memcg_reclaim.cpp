// Pressure `memcg_reclaim`: memory is taken from the trial's cgroup at regular moments, whatever its limit.
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "catalogue/pressure_spec.hpp"
#include "host/cgroup.hpp"

namespace faultlab {
namespace {

constexpr Need kNeeds[] = {Need::memory_cgroup};

constexpr auto kOptions = std::to_array<OptionSpec>({
    {.name = "amount",
     .type = OptionType::size,
     .fallback = "none",
     .meaning =
         "taken each time (v2 memory.reclaim); \"none\": all that can go (v1 memory.force_empty takes no "
         "other amount)",
     .minimum = 4096,
     .none_allowed = true},
    {.name = "every_seconds",
     .type = OptionType::number,
     .fallback = "0.1",
     .meaning = "from one time to the next",
     .minimum = 0.001,
     .maximum = 3600},
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
    every_ = std::chrono::duration<double>(options.number("every_seconds"));
    if (cgroup_->version() == 1 && amount_ != kNoLimit) {
      return fail("reclaim an amount: memory.force_empty of cgroup v1 takes all that can go",
                  "write \"amount\": \"none\", or use a host with cgroup v2");
    }
    return Achieved{"amount", amount_, false};
  }

  void begin() override {
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  }
  void end() override { thread_ = {}; }

  void report(Readings& readings) const override {
    const Value times = error_ ? Value(Missing{*error_}) : Value::count(times_);
    const Value taken = error_ ? Value(Missing{*error_}) : Value::count(taken_);
    readings.push_back({"forced_reclaims", "memcg_reclaim", times});
    readings.push_back({"forced_reclaimed_bytes", "memcg_reclaim", taken, std::nullopt,
                        "charge before less charge after; what the trial charged meanwhile is not in it"});
  }

 private:
  void work(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any pause;
    std::unique_lock lock(mutex);
    while (!pause.wait_for(lock, stop, every_, [&] { return stop.stop_requested(); })) {
      if (auto done = take(); !done) {
        error_ = done.error().what;
        return;
      }
    }
  }

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
  std::chrono::duration<double> every_{};
  std::uint64_t times_ = 0;
  std::uint64_t taken_ = 0;
  std::optional<std::string> error_;
  std::jthread thread_;  // last: it ends before what it uses
};

}  // namespace

extern const PressureSpec memcg_reclaim_pressure;
const PressureSpec memcg_reclaim_pressure = {
    {.name = "memcg_reclaim",
     .summary =
         "memory is taken from the trial's cgroup at regular moments (v2 memory.reclaim, v1 force_empty)",
     .needs = kNeeds,
     .options = kOptions},
    [](const Options&) { return kNoLimit; },
    [] { return std::unique_ptr<Pressure>(std::make_unique<MemcgReclaim>()); }};

}  // namespace faultlab
