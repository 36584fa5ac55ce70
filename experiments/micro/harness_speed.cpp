// What the harness costs: its loops against hand-written C and fio, on the same file, warm and cold,
// interleaved.
//
//   faultlab_speed [--dataset_mib=256] [--folder=.] [--rounds=11] [--require=0.90] [--benchmark_out=FILE]
//
// The table shows speed ratios by wall time, and their median by the thread's CPU time, which other
// programs on the machine disturb less: above 1, the loop on the left is faster. fio's mmap engine
// copies each block, so it stands beside the copies; it has no loop that only touches. In order, every
// word is summed, of the mapped file and of anonymous memory. Deep is 32 reads of 1 MiB under way, past
// the page cache. Cold is 2000 reads of 4 KiB of a file that was dropped from memory. What the harness's
// probes counted meanwhile stands below. Only the preset `measure` gives numbers that count. With --require,
// a median of faultlab over bare or memory below it, by CPU time, ends with status 1.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "fio_run.hpp"
#include "loops.hpp"
#include "measure/tsc.hpp"
#include "os/file.hpp"

namespace faultlab::micro {
namespace {

constexpr const char* kCpuCounter = "cpu_ns_per_access";
constexpr const char* kMinor = "minor_faults_per_access";
constexpr const char* kMajor = "major_faults_per_access";
constexpr const char* kDevice = "device_bytes_per_access";

// Single differences of nanoseconds are noise: many short rounds, on a file that is set up in milliseconds.
constexpr Bytes kSmall{4 << 20};
constexpr std::uint64_t kTimingRounds = 9;

struct Choices {
  std::uint64_t dataset_mib = 256;
  std::uint64_t rounds = 11;
  double require = 0;
  std::string folder = ".";
};

template <class T>
bool parse(std::string_view argument, std::string_view flag, T& into) {
  if (!argument.starts_with(flag)) return false;
  const std::string_view text = argument.substr(flag.size());
  if constexpr (std::is_same_v<T, std::string>) {
    into = text;
    return !text.empty();
  } else {
    return std::from_chars(text.data(), text.data() + text.size(), into).ptr == text.data() + text.size();
  }
}

// Called after benchmark::Initialize, which has taken its own flags out.
Result<Choices> choices_from(std::span<char* const> arguments) {
  Choices choices;
  for (const std::string_view argument : arguments) {
    const bool known = parse(argument, "--dataset_mib=", choices.dataset_mib) ||
                       parse(argument, "--rounds=", choices.rounds) ||
                       parse(argument, "--require=", choices.require) ||
                       parse(argument, "--folder=", choices.folder);
    if (!known)
      return fail("unknown argument " + std::string(argument), "the head of harness_speed.cpp lists them");
  }
  if (choices.dataset_mib == 0 || choices.rounds == 0) return fail("dataset_mib and rounds are at least 1");
  return choices;
}

struct Times {
  std::vector<double> wall_ns;     // per access, one a round
  std::vector<double> cpu_ns;      // the same; empty where it is unknown
  std::optional<Counted> counted;  // per access, of the last round
};
using TimesOfLoops = std::map<std::string, Times>;

// Keeps the times; prints only dots, because the table comes at the end.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred) {
        problems_.push_back(run.run_name.function_name + ": " + run.error_message);
      } else if (run.run_type == Run::RT_Iteration) {
        Times& times = times_[run.run_name.function_name];
        times.wall_ns.push_back(run.GetAdjustedRealTime());
        if (const auto cpu = run.counters.find(kCpuCounter); cpu != run.counters.end()) {
          times.cpu_ns.push_back(cpu->second);
        }
        if (run.counters.contains(kMinor)) {
          times.counted = {run.counters.at(kMinor), run.counters.at(kMajor), run.counters.at(kDevice)};
        }
      }
    }
    fmt::print(stderr, ".");
  }

  const TimesOfLoops& times() const { return times_; }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  TimesOfLoops times_;
  std::vector<std::string> problems_;
};

// One iteration is one access; the loop is timed as a whole, without the library's timer.
class LoopBenchmark final : public benchmark::internal::Benchmark {
 public:
  explicit LoopBenchmark(const Loop& loop) : Benchmark(loop.name.c_str()), loop_(loop) {
    Iterations(static_cast<benchmark::IterationCount>(loop.accesses));
    UseManualTime();
  }

  void Run(benchmark::State& state) override {
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(loop_.accesses))) {
      auto seconds = loop_.run(loop_.accesses);
      if (!seconds) return state.SkipWithError(seconds.error().what.c_str());
      state.SetIterationTime(seconds->wall);
      if (seconds->cpu) {
        state.counters[kCpuCounter] = *seconds->cpu * 1e9 / static_cast<double>(loop_.accesses);
      }
      if (const auto& counted = seconds->counted) {
        const auto accesses = static_cast<double>(loop_.accesses);
        state.counters[kMinor] = counted->minor_faults / accesses;
        state.counters[kMajor] = counted->major_faults / accesses;
        state.counters[kDevice] = counted->device_read_bytes / accesses;
      }
    }
  }

 private:
  const Loop& loop_;
};

// One benchmark per loop and round, in that order, so that slow drifts of the machine hit all loops
// alike. The library owns what is registered.
void register_rounds(const std::vector<Loop>& loops, std::uint64_t rounds) {
  for (std::uint64_t round = 0; round < rounds; ++round) {
    for (const Loop& loop : loops) {
      benchmark::internal::RegisterBenchmarkInternal(std::make_unique<LoopBenchmark>(loop).release());
    }
  }
}

struct Spread {
  double median;
  double least;
  double most;
};

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return {(values[(n - 1) / 2] + values[n / 2]) / 2, values.front(), values.back()};
}

// The speed of one loop over another's, round by round; nothing where a round is missing.
std::optional<Spread> ratio(const std::vector<double>& loop, const std::vector<double>& base) {
  if (loop.empty() || loop.size() != base.size()) return std::nullopt;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < loop.size(); ++i) ratios.push_back(base[i] / loop[i]);
  return spread_of(std::move(ratios));
}

constexpr auto kPairs =
    std::to_array<std::pair<const char*, const char*>>({{"touch/faultlab", "touch/bare"},
                                                        {"copy/faultlab", "copy/bare"},
                                                        {"pread/faultlab", "pread/bare"},
                                                        {"in_order/faultlab", "in_order/memory"},
                                                        {"deep/faultlab", "deep/fio_uring"},
                                                        {"cold_touch/faultlab", "cold_touch/bare"},
                                                        {"cold_touch/faultlab", "cold_touch/fio_mmap"},
                                                        {"cold_pread/faultlab", "cold_pread/bare"},
                                                        {"cold_pread/faultlab", "cold_pread/fio_psync"},
                                                        {"touch/faultlab", "copy/fio_mmap"},
                                                        {"copy/fio_mmap", "copy/bare"},
                                                        {"pread/fio_psync", "pread/bare"}});
// Those that --require is about: of the harness, over loops that it does not wait for a device with.
constexpr std::size_t kRequired = 4;

void print_row(const char* loop, const char* base, TimesOfLoops& times, const std::string& no_fio) {
  const auto wall = ratio(times[loop].wall_ns, times[base].wall_ns);
  const auto cpu = ratio(times[loop].cpu_ns, times[base].cpu_ns);
  if (!wall) {
    fmt::print("{:<19} {:<20} missing: {}\n", loop, base, no_fio.empty() ? "a round failed" : no_fio);
    return;
  }
  fmt::print("{:<19} {:<20} {:>9.1f} {:>9.1f}   {:>6.3f} {:>6.3f} {:>6.3f}   {:>6}\n", loop, base,
             spread_of(times[loop].wall_ns).median, spread_of(times[base].wall_ns).median, wall->median,
             wall->least, wall->most, cpu ? fmt::format("{:.3f}", cpu->median) : "-");
}

// In order, a page after the other: what of the memory's bandwidth is used.
void print_bandwidth(TimesOfLoops& times) {
  for (const char* loop : {"in_order/faultlab", "in_order/memory", "stream_copy/memory"}) {
    if (times[loop].wall_ns.empty()) continue;
    fmt::print("{:<19} {:>6.1f} GB/s\n", loop,
               static_cast<double>(kPage.value) / spread_of(times[loop].wall_ns).median);
  }
}

// What full timing adds to an access: the median of the differences, with its 95 % interval by order
// statistics; beside a reading of the clock, which is in it.
void print_timing(TimesOfLoops& times) {
  fmt::print("timing every access adds (reading the clock alone: {:.1f} ns)\n",
             TickClock::calibrated().link_ns());
  for (const char* loop : {"chase", "pread", "touch"}) {
    const auto& off = times[fmt::format("{}/untimed", loop)].cpu_ns;
    const auto& full = times[fmt::format("{}/timed", loop)].cpu_ns;
    if (off.empty() || off.size() != full.size()) continue;
    std::vector<double> added;
    for (std::size_t i = 0; i < off.size(); ++i) added.push_back(full[i] - off[i]);
    std::sort(added.begin(), added.end());
    const auto n = static_cast<double>(added.size());
    const auto reach = static_cast<std::size_t>(std::min(n / 2, 0.98 * std::sqrt(n) + 1));
    const std::size_t middle = added.size() / 2;
    fmt::print("{:<19} {:>6.1f} ns [{:.1f}, {:.1f}]{}\n", loop, added[middle], added[middle - reach],
               added[std::min(middle + reach, added.size() - 1)],
               std::string_view(loop) == "touch" ? ", of which is what loads no longer overlap" : "");
  }
}

void print_counted(const TimesOfLoops& times) {
  fmt::print("counted per access       minor    major   device bytes\n");
  for (const auto& [loop, of] : times) {
    if (!of.counted || !loop.ends_with("/faultlab")) continue;
    fmt::print("{:<19} {:>10.6f} {:>8.4f} {:>14.1f}\n", loop, of.counted->minor_faults,
               of.counted->major_faults, of.counted->device_read_bytes);
  }
}

// Prints the table; the least median of faultlab over bare by CPU time, 0 if a round of it failed.
double print_table(TimesOfLoops times, const std::string& no_fio) {
  fmt::print("\n{:<19} {:<20} {:>9} {:>9}   {:>6} {:>6} {:>6}   {:>6}\n", "loop", "over", "ns", "ns", "ratio",
             "min", "max", "cpu");
  for (const auto& [loop, base] : kPairs) print_row(loop, base, times, no_fio);
  print_bandwidth(times);
  print_timing(times);
  print_counted(times);
  double least = 1e9;
  for (const auto& [loop, base] : std::span(kPairs).first(kRequired)) {
    const auto cpu = ratio(times[loop].cpu_ns, times[base].cpu_ns);
    least = std::min(least, cpu ? cpu->median : 0);
  }
  return least;
}

Loop fio_loop(const WarmFile& file, const char* name, const FioJob& job) {
  constexpr std::uint64_t kAccesses = 1'000'000;  // any number: fio says how many a second
  return {name, kAccesses, [&file, job](std::uint64_t n) -> Result<Seconds> {
            auto rate = fio_rate(job, file.path, file.size);
            if (!rate) return propagate(std::move(rate));
            return Seconds{.wall = static_cast<double>(n) / *rate};
          }};
}

// In the order in which a round runs them: each next to what it is compared with.
std::vector<Loop> all_loops(const WarmFile& file, const WarmFile& cold, bool with_fio) {
  constexpr Bytes kLarge{1 << 20};
  constexpr unsigned kDeep = 32;
  const std::vector<Loop> bare = bare_loops(file);
  const std::vector<Loop> memory = memory_loops(file);
  Options deep;
  deep.set("depth", std::uint64_t{kDeep});
  std::vector<Loop> loops = {
      bare[0],
      faultlab_loop(file, "touch/faultlab", {"mmap_shared", Consume::touch}, bare[0].accesses),
      bare[1],
      faultlab_loop(file, "copy/faultlab", {"mmap_shared", Consume::copy}, bare[1].accesses),
      bare[2],
      faultlab_loop(file, "pread/faultlab", {"pread", Consume::touch}, bare[2].accesses),
      memory[0],
      faultlab_loop(file, "in_order/faultlab", {"mmap_shared", Consume::sum, "sequential"}, file.pages()),
      memory[1],
      faultlab_loop(file, "deep/faultlab", {"io_uring_direct", Consume::touch, "sequential", kLarge, deep},
                    4 * file.size.value / kLarge.value)};
  for (Loop& bare_cold : bare_cold_loops(cold)) loops.push_back(std::move(bare_cold));
  const std::uint64_t few = loops.back().accesses;
  loops.push_back(faultlab_loop(cold, "cold_touch/faultlab", {.engine = "mmap_shared", .cold = true}, few));
  loops.push_back(faultlab_loop(cold, "cold_pread/faultlab", {.engine = "pread", .cold = true}, few));
  if (!with_fio) return loops;
  loops.push_back(fio_loop(cold, "cold_touch/fio_mmap", {.engine = "mmap", .cold = few}));
  loops.push_back(fio_loop(cold, "cold_pread/fio_psync", {.engine = "psync", .cold = few}));
  loops.push_back(
      fio_loop(file, "deep/fio_uring",
               {.engine = "io_uring", .order = "read", .block = "1m", .depth = kDeep, .direct = true}));
  loops.push_back(fio_loop(file, "copy/fio_mmap", {.engine = "mmap"}));
  loops.push_back(fio_loop(file, "pread/fio_psync", {.engine = "psync"}));
  return loops;
}

struct Timing {
  const char* name;
  Driven driven;
  std::uint64_t accesses;
};

// Each with timing off and with all of its accesses timed, one next to the other: of a file so small that
// what differs is the timing.
std::vector<Loop> timing_loops(const WarmFile& small) {
  const Timing all[] = {{"chase", {"mmap_shared", Consume::chase}, 100'000},
                        {"pread", {"pread", Consume::touch}, 10'000},
                        {"touch", {"mmap_shared", Consume::touch}, 100'000}};
  std::vector<Loop> loops;
  for (const Timing& each : all) {
    Driven timed = each.driven;
    timed.latency = Latency::full;
    loops.push_back(faultlab_loop(small, fmt::format("{}/untimed", each.name), each.driven, each.accesses));
    loops.push_back(faultlab_loop(small, fmt::format("{}/timed", each.name), timed, each.accesses));
  }
  return loops;
}

Result<> require_warm(const WarmFile& file, const char* when) {
  auto absent = absent_pages(file);
  if (!absent) return propagate(std::move(absent));
  if (*absent == 0) return {};
  return fail(fmt::format("{} pages of {} were not in memory {}", *absent, file.path, when),
              "use a smaller dataset, or free memory");
}

Result<bool> compare(const Choices& choices, const std::string& path) {
  auto file = make_warm_file(path, Bytes(choices.dataset_mib << 20));
  if (!file) return propagate(std::move(file));
  auto cold = make_cold_file(path + ".cold", file->size);
  if (!cold) return propagate(std::move(cold));
  const auto fio = fio_version();
  const std::vector<Loop> loops = all_loops(*file, *cold, fio.has_value());
  if (auto warm = require_warm(*file, "before the first round"); !warm) return propagate(std::move(warm));
  register_rounds(loops, choices.rounds);
  auto small = make_warm_file(path + ".small", kSmall);
  if (!small) return propagate(std::move(small));
  const std::vector<Loop> timing = timing_loops(*small);
  register_rounds(timing, kTimingRounds * choices.rounds);
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  if (auto warm = require_warm(*file, "after the last round"); !warm) return propagate(std::move(warm));
  for (const auto& problem : collector.problems()) fmt::print(stderr, "\n{}", problem);
  fmt::print("\n{} MiB, {} rounds, compared with C at the same optimisation and {}\n", choices.dataset_mib,
             choices.rounds, fio ? *fio : "without fio");
  return print_table(collector.times(), fio ? "" : fio.error().what) >= choices.require;
}

int main_of(std::span<char* const> arguments) {
  auto choices = choices_from(arguments);
  if (!choices) {
    fmt::print(stderr, "{}\n  {}\n", choices.error().what, choices.error().remedy);
    return 2;
  }
  const std::string path = std::filesystem::path(choices->folder) / "faultlab_speed.dataset";
  const auto met = compare(*choices, path);
  for (const std::string& made : {path, path + ".cold", path + ".small"}) {
    if (auto removed = os::remove_file(made); !removed) fmt::print(stderr, "{}\n", removed.error().what);
  }
  if (!met) {
    fmt::print(stderr, "{}\n  {}\n", met.error().what, met.error().remedy);
    return 3;
  }
  return *met ? 0 : 1;
}

}  // namespace
}  // namespace faultlab::micro

int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  return faultlab::micro::main_of({arguments + 1, static_cast<std::size_t>(count - 1)});
}
