// What the harness costs: its loops against hand-written C and fio, on one warm file, interleaved.
//
//   faultlab_speed [--dataset_mib=256] [--folder=.] [--rounds=11] [--require=0.90] [--benchmark_out=FILE]
//
// The table shows speed ratios: above 1, the loop on the left is faster. Only the preset `measure`
// gives numbers that count. With --require, a median of faultlab/bare below it ends with status 1.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>

#include "fio_run.hpp"
#include "loops.hpp"
#include "os/file.hpp"

namespace faultlab::micro {
namespace {

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

using Times = std::map<std::string, std::vector<double>>;  // loop -> ns per access, one a round

// Keeps the times; prints only dots, because the table comes at the end.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred) {
        problems_.push_back(run.run_name.function_name + ": " + run.error_message);
      } else if (run.run_type == Run::RT_Iteration) {
        times_[run.run_name.function_name].push_back(run.GetAdjustedRealTime());
      }
    }
    fmt::print(stderr, ".");
  }

  const Times& times() const { return times_; }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  Times times_;
  std::vector<std::string> problems_;
};

// One benchmark per loop and round, in that order, so that slow drifts of the machine hit all loops
// alike. One iteration is one access; the loop is timed as a whole, without the library's timer.
void register_rounds(const std::vector<Loop>& loops, std::uint64_t rounds) {
  for (std::uint64_t round = 0; round < rounds; ++round) {
    for (const Loop& loop : loops) {
      const auto body = [&loop](benchmark::State& state) {
        while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(loop.accesses))) {
          auto seconds = loop.seconds(loop.accesses);
          if (!seconds) return state.SkipWithError(seconds.error().what.c_str());
          state.SetIterationTime(*seconds);
        }
      };
      benchmark::RegisterBenchmark(loop.name.c_str(), body)
          ->Iterations(static_cast<benchmark::IterationCount>(loop.accesses))
          ->UseManualTime();
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

// The speed of `loop` over that of `base`, round by round; nothing where one of them is missing.
std::optional<Spread> ratio(const Times& times, const std::string& loop, const std::string& base) {
  const auto a = times.find(loop);
  const auto b = times.find(base);
  if (a == times.end() || b == times.end()) return std::nullopt;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(a->second.size(), b->second.size()); ++i) {
    ratios.push_back(b->second[i] / a->second[i]);
  }
  return spread_of(std::move(ratios));
}

constexpr std::array<std::pair<const char*, const char*>, 5> kPairs = {{{"touch/faultlab", "touch/bare"},
                                                                        {"copy/faultlab", "copy/bare"},
                                                                        {"pread/faultlab", "pread/bare"},
                                                                        {"copy/fio_mmap", "copy/bare"},
                                                                        {"pread/fio_psync", "pread/bare"}}};

// Prints the table; the least median of faultlab over bare.
double print_table(const Times& times, const std::string& no_fio) {
  double least = 1e9;
  fmt::print("\n{:<16} {:<12} {:>9} {:>9}   {:>6} {:>6} {:>6}\n", "loop", "over", "ns", "ns", "ratio", "min",
             "max");
  for (const auto& [loop, base] : kPairs) {
    const auto found = ratio(times, loop, base);
    if (!found) {
      fmt::print("{:<16} {:<12} missing: {}\n", loop, base, no_fio.empty() ? "it failed" : no_fio);
      continue;
    }
    fmt::print("{:<16} {:<12} {:>9.1f} {:>9.1f}   {:>6.3f} {:>6.3f} {:>6.3f}\n", loop, base,
               spread_of(times.at(loop)).median, spread_of(times.at(base)).median, found->median,
               found->least, found->most);
    if (std::string_view(loop).ends_with("faultlab")) least = std::min(least, found->median);
  }
  return least;
}

// In the order in which a round runs them: each next to what it is compared with.
Result<std::vector<Loop>> all_loops(const WarmFile& file, bool with_fio) {
  const std::vector<Loop> bare = bare_loops(file);
  auto touch = faultlab_loop(file, "touch/faultlab", "mmap_shared", Consume::touch, bare[0].accesses);
  auto copy = faultlab_loop(file, "copy/faultlab", "mmap_shared", Consume::copy, bare[1].accesses);
  auto pread = faultlab_loop(file, "pread/faultlab", "pread", Consume::touch, bare[2].accesses);
  for (auto* each : {&touch, &copy, &pread}) {
    if (!*each) return propagate(std::move(*each));
  }
  std::vector<Loop> loops = {bare[0], *touch, bare[1], *copy, bare[2], *pread};
  if (!with_fio) return loops;
  const auto fio = [&](const std::string& engine) {
    return [&file, engine](std::uint64_t n) -> Result<double> {
      auto rate = fio_rate(engine, file.path, file.size);
      if (!rate) return propagate(std::move(rate));
      return static_cast<double>(n) / *rate;
    };
  };
  loops.push_back({"copy/fio_mmap", 1'000'000, fio("mmap")});
  loops.push_back({"pread/fio_psync", 1'000'000, fio("psync")});
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
  const auto fio = fio_version();
  auto loops = all_loops(*file, fio.has_value());
  if (!loops) return propagate(std::move(loops));
  if (auto warm = require_warm(*file, "before the first round"); !warm) return propagate(std::move(warm));
  register_rounds(*loops, choices.rounds);
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
  if (auto removed = os::remove_file(path); !removed) fmt::print(stderr, "{}\n", removed.error().what);
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
