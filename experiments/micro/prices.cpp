// What kernel events cost, for those who use Google Benchmark's tools; and bare C loops beside them.
//
//   faultlab_prices [--pages=8192] [--folder=.] [--benchmark_out=FILE] [--benchmark_filter=...]
//
// A benchmark per scenario of the catalogue, `scenario/NAME`, and per bare loop, `bare/NAME`. A repetition is
// one act in a fresh process, so an iteration is never repeated on what the one before left behind. real_time
// is ns per event, cpu_ns_per_event the processor's part of it; cpu_time is this program's, which waits, and
// means nothing. The defaults are ten repetitions in random order; side_by_side.py reads what --benchmark_out
// writes. Files of --folder lie on the disk under test. Only the preset `measure` gives numbers that count.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bare_table.hpp"
#include "base/units.hpp"
#include "catalogue/tables.hpp"
#include "host/doctor.hpp"
#include "host/kernel_release.hpp"
#include "one_process.hpp"
#include "scenario/fault_model.hpp"

namespace faultlab::micro {
namespace {

constexpr std::string_view kPages = "--pages=";
constexpr std::string_view kFolder = "--folder=";

// Called after benchmark::Initialize, which has taken its own flags out.
Result<Ground> ground_from(std::span<char* const> arguments) {
  Ground ground{".", 8192, 0};
  for (const std::string_view argument : arguments) {
    if (argument.starts_with(kFolder)) {
      ground.folder = argument.substr(kFolder.size());
    } else if (argument.starts_with(kPages)) {
      const std::string_view text = argument.substr(kPages.size());
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ground.pages);
      if (error != std::errc() || end != text.data() + text.size()) ground.pages = 0;
    } else {
      return fail("unknown argument " + std::string(argument), "the head of prices.cpp lists them");
    }
  }
  if (ground.pages == 0 || ground.pages % scenario::kTablePages != 0) {
    return fail(fmt::format("--pages is a multiple of {}", scenario::kTablePages));
  }
  return ground;
}

void set_counters(benchmark::State& state, const Timed& timed) {
  // `empty` has no events: its row is the window itself.
  const double events = static_cast<double>(std::max<std::uint64_t>(timed.events, 1));
  const auto per_event = [&](auto count) { return static_cast<double>(count) / events; };
  state.SetIterationTime(per_event(timed.ns) * 1e-9);
  state.counters["events"] = static_cast<double>(timed.events);
  state.counters["minor_per_event"] = per_event(timed.minor);
  state.counters["major_per_event"] = per_event(timed.major);
  state.counters["cpu_ns_per_event"] = per_event(timed.cpu_ns);
  if (timed.tool_ns > 0) state.counters["tool_ns_per_event"] = per_event(timed.tool_ns);
  if (timed.first_ns > 0) state.counters["first_ns_per_event"] = per_event(timed.first_ns);
  if (timed.event_pages == 0) return;
  const double pages = static_cast<double>(timed.event_pages);
  state.counters["ns_per_page"] = per_event(timed.ns) / pages;
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes_of(PageCount(timed.event_pages)).value));
}

void time_once(benchmark::State& state, const std::string& act, Ground ground) {
  static std::uint64_t serial = 0;
  ground.seed = ++serial;
  for (auto _ : state) {
    const auto timed = time_in_fresh_process(act, ground);
    if (!timed) {
      const Error& error = timed.error();
      state.SkipWithError((error.what + (error.remedy.empty() ? "" : "; " + error.remedy)).c_str());
      break;
    }
    set_counters(state, *timed);
  }
}

void add(const std::string& act, const Ground& ground) {
  benchmark::RegisterBenchmark(act.c_str(),
                               [act, ground](benchmark::State& state) { time_once(state, act, ground); })
      ->Iterations(1)
      ->UseManualTime();
}

void add_impossible(const std::string& act, const std::string& why) {
  benchmark::RegisterBenchmark(act.c_str(),
                               [why](benchmark::State& state) { state.SkipWithError(why.c_str()); })
      ->Iterations(1)
      ->UseManualTime();
}

// What changes the host needs somebody who puts it back also when this program is killed.
bool needs_the_host_changed(const ScenarioSpec& spec) { return !spec.knobs.empty() || !spec.swap.empty(); }

std::optional<host::Lack> lack_of(const ScenarioSpec& spec) {
  for (const Need need : spec.row.needs) {
    if (auto lack = host::lacks(need)) return lack;
  }
  return std::nullopt;
}

void add_all(const Ground& ground) {
  std::size_t elsewhere = 0;
  for (const ScenarioSpec* spec : scenario_table()) {
    const std::string act = fmt::format("scenario/{}", spec->row.name);
    if (needs_the_host_changed(*spec)) {
      ++elsewhere;
    } else if (const auto lack = lack_of(*spec)) {
      add_impossible(act, lack->why + "; " + lack->remedy);
    } else {
      add(act, ground);
    }
  }
  for (const BareRow& row : bare_table()) add(fmt::format("bare/{}", row.name), ground);
  fmt::print(
      stderr,
      "{} scenarios need a kernel setting or a swap area of their own and are not here: the experiment "
      "fault-cost sets, prices and restores them\n",
      elsewhere);
}

void describe(const Ground& ground) {
  benchmark::AddCustomContext("pages", std::to_string(ground.pages));
  if (const auto release = host::kernel_release()) {
    benchmark::AddCustomContext("kernel", fmt::format("{}.{}", release->major, release->minor));
  }
}

int main_of(std::span<char* const> arguments) {
  const auto ground = ground_from(arguments);
  if (!ground) {
    fmt::print(stderr, "{}\n  {}\n", ground.error().what, ground.error().remedy);
    return 2;
  }
  describe(*ground);
  add_all(*ground);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

// Google Benchmark takes the last of flags that contradict each other.
std::vector<char*> with_defaults(std::span<char* const> arguments) {
  static char repetitions[] = "--benchmark_repetitions=10";
  static char order[] = "--benchmark_enable_random_interleaving=true";
  std::vector<char*> all = {arguments.front(), repetitions, order};
  all.insert(all.end(), arguments.begin() + 1, arguments.end());
  return all;
}

}  // namespace
}  // namespace faultlab::micro

int main(int count, char** arguments) {
  using namespace faultlab::micro;
  const std::span<char* const> given(arguments, static_cast<std::size_t>(count));
  if (given.size() == 2 && std::string_view(given[1]) == kOneWord) return be_the_process();
  std::vector<char*> all = with_defaults(given);
  all.push_back(nullptr);
  int left = static_cast<int>(all.size()) - 1;
  benchmark::Initialize(&left, all.data());
  return main_of({all.data() + 1, static_cast<std::size_t>(left - 1)});
}
