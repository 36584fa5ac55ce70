// The split of the workers' time.
#include "record/derive_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "measure/metrics.hpp"
#include "record/derive.hpp"

namespace faultlab::record {
namespace {

// A set-up longer than this share of the window runs in the main thread, which getrusage(2) counts too.
constexpr double kSetupShare = 0.01;
// The parts in which a worker is on a CPU (in reclaim, mostly).
constexpr std::array<std::string_view, 4> kRunning = {"user_work_ns", "fault_ns", "copy_ns", "reclaim_ns"};

Value from(const Readings& readings, std::string_view metric, std::string_view source) {
  const Reading* reading = find(readings, metric, source);
  return reading == nullptr ? Value(Missing{fmt::format("the probe {} was not asked for", source)})
                            : reading->value;
}

Value whole(double number) { return static_cast<std::int64_t>(std::llround(number)); }

Value running_by_clock(const Readings& readings) {
  Value sum = std::int64_t{0};
  for (const std::string_view metric : kRunning) sum = sum + from(readings, metric, "time_bpf");
  return sum;
}

// A virtual CPU loses time only while it has work. So the workers bear the host's loss in their share of
// all work done.
Value stolen(const Readings& readings) {
  const Value steal = primary(readings, "steal_ns");
  const Value busy = primary(readings, "busy_ns");
  const Value by_clock = running_by_clock(readings);
  const Value running = by_clock.present() ? by_clock : from(readings, "cpu_ns", "schedstat");
  const Value lost = steal * (running / busy);
  if (!lost.present()) return lost;
  return whole(std::min(lost.number(), steal.number()));
}

// By the clock, a worker whose CPU was taken away still ran: its parts bear the loss by their size.
void take_out_stolen(Readings& readings, const Value& lost) {
  const Value running = running_by_clock(readings);
  if (!lost.present() || lost.integer() == 0 || !running.present() || running.integer() == 0) return;
  for (Reading& reading : readings) {
    const bool is_part =
        std::find(kRunning.begin(), kRunning.end(), std::string_view(reading.metric)) != kRunning.end();
    if (reading.source != "time_bpf" || !is_part) continue;
    const Value share = whole((reading.value * (lost / running)).number());
    reading.value = reading.value - share;
    reading.note = fmt::format("less {} ns of stolen time", share.integer());
  }
}

// User and system time are told apart by what each clock tick finds (kernel/sched/cputime.c,
// cputime_adjust): two standard deviations of as many draws, and a tick.
std::int64_t sampling_error(double cpu_ns, double user_share, std::int64_t tick_ns) {
  const auto tick = static_cast<double>(tick_ns);
  const double draws = tick > 0 ? cpu_ns / tick : 0;
  return std::llround(tick + 2 * tick * std::sqrt(draws * user_share * (1 - user_share)));
}

Value user_share(const Readings& readings) {
  const Value user = from(readings, "user_ns", "rusage");
  const Value share = user / (user + from(readings, "system_ns", "rusage"));
  const Value setup = primary(readings, "setup_ns") / primary(readings, "wall_ns");
  if (share.present() && setup.present() && setup.number() > kSetupShare) {
    return Missing{"the main thread's set-up is in rusage's user and system time; use the probe time_bpf"};
  }
  return share;
}

// Without a probe that sees each moment: the scheduler's CPU time, divided as rusage's is, less reclaim.
void add_by_rusage(Readings& readings, const Split& split) {
  const Value scheduled = from(readings, "cpu_ns", "schedstat");
  const Value cpu = scheduled.present()
                        ? scheduled
                        : from(readings, "user_ns", "rusage") + from(readings, "system_ns", "rusage");
  const Value share = user_share(readings);
  const Value user = cpu * share;
  std::optional<std::int64_t> within;
  if (user.present()) within = sampling_error(cpu.number(), share.number(), split.tick_ns);
  const Value reclaim = from(readings, "reclaim_ns", "delays");
  Value rest = cpu - user;
  if (rest.present() && reclaim.present()) rest = std::max(0.0, (rest - reclaim).number());
  const auto rounded = [](const Value& value) { return value.present() ? whole(value.number()) : value; };
  const auto add = [&](const char* metric, const Value& value, std::string note) {
    readings.push_back({metric, "rusage", rounded(value), value.present() ? within : std::nullopt,
                        value.present() ? std::move(note) : ""});
  };
  const std::string reclaimed = reclaim.present() ? "" : "reclaim is in it: " + reclaim.why();
  const Value unknown = Missing{"what this engine's kernel time is cannot be told without time_bpf"};
  const Value none = Missing{"all kernel time is counted as the engine's own kind; time_bpf tells it apart"};
  add("user_work_ns", user, "");
  const bool faults = split.kernel_work == KernelWork::faults;
  const bool calls = split.kernel_work == KernelWork::calls;
  add("fault_ns", faults ? rest : calls ? none : unknown, reclaimed);
  add("copy_ns", calls ? rest : faults ? none : unknown, reclaimed);
}

std::string first_present_source(const Readings& readings, std::string_view metric) {
  for (std::string_view rest = find_metric(metric)->sources; !rest.empty();) {
    const std::string_view source = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), source.size() + 1));
    const Reading* reading = find(readings, metric, source);
    if (reading != nullptr && reading->value.present()) return std::string(source);
  }
  return {};
}

void add_unexplained(Readings& readings, const Split& split) {
  Value left = Value::count(split.threads) * primary(readings, "wall_ns");
  std::string parts;
  std::string absent;
  for (const std::string_view part : kTimeParts) {
    const Value value = primary(readings, part);
    std::string& list = value.present() ? parts : absent;
    list += list.empty() ? "" : ", ";
    list += part;
    if (!value.present()) continue;
    left = left - value;
    parts += "@" + first_present_source(readings, part);
  }
  // Without the division of running time the rest would say nothing.
  if (!primary(readings, "user_work_ns").present()) left = primary(readings, "user_work_ns");
  std::string note;
  if (left.present()) {
    note = fmt::format("{} x wall_ns less {}", split.threads, parts);
    if (!absent.empty()) note += "; holds what is missing: " + absent;
  }
  readings.push_back({"unexplained_ns", "derived", left, std::nullopt, note});
}

}  // namespace

void derive_time(Readings& readings, const Split& split) {
  const Value lost = stolen(readings);
  take_out_stolen(readings, lost);
  readings.push_back({"stolen_ns", "steal", lost, std::nullopt,
                      lost.present() ? "the host's stolen time, in the workers' share of all work" : ""});
  add_by_rusage(readings, split);
  add_unexplained(readings, split);
}

}  // namespace faultlab::record
