// Limits and defaults of the config's fields, shared by the reader and the published schema.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/units.hpp"
#include "catalogue/names.hpp"
#include "config/experiment.hpp"
#include "measure/progress.hpp"

namespace faultlab::config {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;

inline constexpr Bytes kScenarioUnit(2 * kMiB);  // a huge page
inline constexpr std::size_t kLongestFile = 4 * kMiB;
inline constexpr unsigned kDeepest = 64;
inline constexpr std::size_t kMostValues = 200'000;
inline constexpr std::size_t kMostFactors = 64;
inline constexpr std::size_t kMostCells = 100'000;
inline constexpr std::size_t kMostFilters = 1000;
inline constexpr std::size_t kMostChecks = 200;  // expectations, figures
inline constexpr std::size_t kMostArguments = 1024;
inline constexpr std::size_t kMostFiles = 64;      // named by a config: a folder can hold more
inline constexpr std::size_t kMostMoments = 1000;  // of a schedule

// Integers stop where a double stops being exact: every JSON tool agrees on them up to here.
inline constexpr std::uint64_t kLargestInteger = (std::uint64_t{1} << 53) - 1;
inline constexpr std::uint64_t kMostTrials = 100'000;
inline constexpr std::uint64_t kMostArrivals = 1'000'000'000;  // a second
inline constexpr double kMostSeconds = 86400;

struct SizeRange {
  Bytes least;
  Bytes most;
  bool whole_pages = false;
};
inline constexpr Bytes kLargestSize{std::uint64_t{1} << 60};
inline constexpr SizeRange kDatasetSize{Bytes(16 * kKiB), kLargestSize, true};
inline constexpr SizeRange kBlock{kPage, kLargestSize, true};
inline constexpr SizeRange kWriteChunk{kPage, Bytes(64 * kMiB), true};
inline constexpr SizeRange kDeviceRead{Bytes(0), kLargestSize, false};
inline constexpr std::uint64_t kMostPercent = 100;
// The dynamic loader and the harness's own pages need about 3 MiB.
inline constexpr Bytes kLeastCeiling{4 * kMiB};

struct DurationRange {
  std::uint64_t least_ns;
  std::uint64_t most_ns;
};
inline constexpr DurationRange kSampleEvery{1'000'000, 3'600'000'000'000};
inline constexpr DurationRange kWall{1'000'000, 7 * 86'400'000'000'000ULL};

inline constexpr std::string_view kDefaultWriteChunk = "1 MiB";
inline constexpr std::string_view kDefaultBlock = "4 KiB";
inline constexpr std::string_view kDefaultWall = "60 s";
inline constexpr std::string_view kDefaultDeviceRead = "64 GiB";
inline constexpr std::string_view kDefaultSampleEvery = "100 ms";
inline constexpr std::string_view kDefaultSwap = "none";
inline constexpr std::string_view kDefaultMedium = "host";
inline constexpr unsigned kDefaultTrials = 10;

inline constexpr auto kBindingNames = std::to_array<std::pair<Binding, std::string_view>>(
    {{Binding::compact, "compact"}, {Binding::scatter, "scatter"}, {Binding::none, "none"}});
constexpr Names<Binding> names_of(Binding) { return kBindingNames; }

inline constexpr auto kCommandWindowNames = std::to_array<std::pair<CommandWindow, std::string_view>>(
    {{CommandWindow::whole, "whole"}, {CommandWindow::marked, "marked"}});
constexpr Names<CommandWindow> names_of(CommandWindow) { return kCommandWindowNames; }
inline constexpr auto kReportedChecksumNames = std::to_array<std::pair<ReportedChecksum, std::string_view>>(
    {{ReportedChecksum::recorded, "recorded"}, {ReportedChecksum::same, "same"}});
constexpr Names<ReportedChecksum> names_of(ReportedChecksum) { return kReportedChecksumNames; }

inline constexpr std::array<std::string_view, 9> kOutcomes = {
    "ok", "invalid", "oom_killed", "timeout", "over_budget", "crashed", "signalled", "failed", "interrupted"};
// The statement of an expectation that names a claim which nothing here can show.
inline constexpr std::string_view kUntestable = "not testable here";

// Kinds of figure, each with the keys that it has beside kind, panel and title: what the reader takes, and
// what the schema publishes.
enum class Key : std::uint8_t { never, may, must };
struct FigureKind {
  std::string_view name;
  Key metric = Key::never;
  Key x = Key::never;
  Key y = Key::never;
  Key series = Key::may;
  Key over = Key::never;
};
inline constexpr auto kFigures = std::to_array<FigureKind>({
    {.name = "bars", .metric = Key::must, .x = Key::must, .series = Key::must},
    {.name = "ratio", .metric = Key::must, .x = Key::must, .series = Key::must, .over = Key::must},
    {.name = "working_set", .metric = Key::may, .x = Key::must},
    {.name = "throughput_over_time"},
    {.name = "counters_over_time", .metric = Key::may},
    {.name = "pressure_stack", .series = Key::never},
    {.name = "fault_map", .series = Key::never},
    {.name = "fault_heat", .series = Key::never},
    {.name = "residency_map"},
    {.name = "latency_by_class"},
    {.name = "latency_ccdf"},
    {.name = "time_split"},
    {.name = "copies"},
    {.name = "policies", .x = Key::must},
    {.name = "prices", .x = Key::must},
    {.name = "decision_map",
     .metric = Key::must,
     .x = Key::must,
     .y = Key::must,
     .series = Key::must,
     .over = Key::must},
});

}  // namespace faultlab::config
