// Pressure `balloon`: locked memory in a process of its own, so that the whole host runs short. Reclaim is
// global, and kswapd takes part in it.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "catalogue/pressure_spec.hpp"
#include "host/memory.hpp"
#include "os/process.hpp"
#include "os/signal_gate.hpp"
#include "pressure/balloon_process.hpp"
#include "pressure/shared_page.hpp"

namespace faultlab {
namespace {

constexpr auto kBalloonOptions = std::to_array<OptionSpec>({
    {.name = "leave",
     .type = OptionType::size,
     .fallback = "",
     .meaning =
         "memory that stays available (MemAvailable) when the balloon has its size; \"none\": no balloon",
     .minimum = 16.0 * 1024 * 1024,
     .none_allowed = true},
});

// Without growth. How long the whole takes depends on the host's memory and on who else wants its processors.
constexpr auto kPatience = std::chrono::seconds(30);
constexpr auto kPause = std::chrono::milliseconds(2);

class BalloonPressure final : public Pressure {
 public:
  Result<Achieved> apply(const PressureRequest& request, const Options& options) override {
    const Bytes leave = options.bytes("leave");
    if (leave == kNoLimit) return Achieved{"available", kNoLimit};
    if (request.swap_allowed) {
      return fail("blow up a balloon: what the host's other processes have would go to the trial's swap area",
                  "write \"swap\": \"none\", or put the trial under memcg_limit");
    }
    const auto memory = host::host_memory();
    if (!memory) return Failure(memory.error());
    if (leave < memory->floor()) {
      return fail(fmt::format("blow up a balloon that leaves {} bytes: the host needs {}", leave.value,
                              memory->floor().value),
                  "leave more");
    }
    if (leave > memory->available) {
      return fail(fmt::format("blow up a balloon that leaves {} bytes: the host has {} available",
                              leave.value, memory->available.value),
                  "leave less");
    }
    auto shared = SharedPage<BalloonPage>::make("faultlab-balloon");
    if (!shared) return propagate(std::move(shared));
    shared_ = std::move(*shared);
    shared_.page().leave.store(leave.value);
    auto child = os::Child::spawn({.program = os::kOwnProgram,
                                   .arguments = {"faultlab", kBalloonWord},
                                   .descriptors = {{shared_.fd().get(), kBalloonFd}}});
    if (!child) return propagate(std::move(child), "start the balloon");
    child_.emplace(std::move(*child));
    auto left = wait_for(leave);
    if (!left) return propagate(std::move(left));
    return Achieved{"available", *left, false};
  }

  Result<Bytes> dial(Bytes leave) override {
    if (!child_)
      return fail("turn a balloon that was never blown up", "let pressure.balloon begin with a size");
    shared_.page().leave.store(leave.value);
    return wait_for(leave);
  }

  void end() override {
    if (!child_) return;
    held_ = shared_.page().held.load();
    if (!alive()) {
      shortfall_ = "the balloon's process was killed: the host ran out of memory";
    } else if (const std::uint64_t lowest = shared_.page().lowest.load(); lowest != 0) {
      shortfall_ = fmt::format(
          "the balloon gave memory back: {} bytes were available, less than the host's floor; leave more",
          lowest);
    }
    child_.reset();  // its memory goes with it
  }

  void report(Readings& readings) const override {
    const auto held = held_ ? Value::count(*held_) : Value(Missing{"there was no balloon"});
    readings.push_back({"balloon_held_bytes", "balloon", held});
  }

  std::string shortfall() const override { return shortfall_; }

 private:
  bool alive() const {
    const auto ended = os::wait_readable({&child_->pidfd()}, 0);
    return ended && *ended == 0;
  }

  // Until the balloon has its size; what is available then.
  Result<Bytes> wait_for(Bytes leave) {
    using Clock = std::chrono::steady_clock;
    std::uint64_t held = 0;
    auto deadline = Clock::now() + kPatience;
    while (shared_.page().left_for.load() != leave.value) {
      if (const int error = shared_.page().error.load(); error != 0) {
        return fail(fmt::format("lock memory for the balloon: {} after {} bytes",
                                std::generic_category().message(error), shared_.page().held.load()),
                    "run as root, or raise `ulimit -l`", error);
      }
      if (!alive()) return fail("blow up a balloon: its process ended", "leave more");
      if (const std::uint64_t now = shared_.page().held.load(); now > held) {
        held = now;
        deadline = Clock::now() + kPatience;
      }
      if (Clock::now() > deadline) {
        return fail(
            fmt::format("blow up a balloon: it holds {} bytes, is not there yet, and has not grown for {} s",
                        held, kPatience.count()),
            "leave more");
      }
      std::this_thread::sleep_for(kPause);
    }
    const auto memory = host::host_memory();
    if (!memory) return Failure(memory.error());
    return memory->available;
  }

  SharedPage<BalloonPage> shared_;
  std::optional<std::uint64_t> held_;
  std::string shortfall_;
  std::optional<os::Child> child_;  // last: it ends before what it uses
};

}  // namespace

extern const PressureSpec balloon_pressure;
const PressureSpec balloon_pressure = {
    .row =
        {.name = "balloon",
         .summary =
             "locked memory in a process of its own, until the whole host has only so much left: reclaim is "
             "global, kswapd takes part",
         .options = kBalloonOptions},
    .ceiling = [](const Options& options) { return options.bytes("leave"); },
    .make = [] { return std::unique_ptr<Pressure>(std::make_unique<BalloonPressure>()); },
    .dial = "leave",
    .presses_host = true};

}  // namespace faultlab
