// The fake rows and the configs that the tests start from.
#include "fake_catalogue.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace faultlab::config {
namespace {

constexpr std::array kAllAdvices = {Advice::normal, Advice::random, Advice::sequential, Advice::willneed,
                                    Advice::populate_read};
constexpr std::array kPreadAdvices = {Advice::normal, Advice::random, Advice::sequential, Advice::willneed};
constexpr std::array kNormalOnly = {Advice::normal};

constexpr std::array<OptionSpec, 1> kZipfOptions = {
    {{"theta", OptionType::number, "0.99", "Skew.", 0, 0.999}}};
constexpr std::array<std::string_view, 2> kPlaces = {"front", "spread"};
constexpr std::array<OptionSpec, 3> kHotsetOptions = {
    {{"hot", OptionType::size, "", "Size of the hot part.", 4096},
     {"share", OptionType::integer, "90", "Per cent of accesses that go there.", 1, 100},
     {"place", OptionType::choice, "front", "Where the hot part lies.", 0, 0, kPlaces}}};
constexpr std::array<OptionSpec, 1> kLimitOptions = {
    {{"limit", OptionType::size, "", "Largest charge of the trial.", 0, 1e18, {}, true}}};

const EngineSpec kPread{{"pread", "One pread(2) per block."}, Shape::access, kPreadAdvices, true, nullptr};
const EngineSpec kPreadDirect{.row = {"pread_direct", "Past the page cache."},
                              .shape = Shape::access,
                              .advices = kNormalOnly,
                              .uses_dataset = true,
                              .make = nullptr,
                              .queues = true,
                              .kept = Kept::nowhere};
const EngineSpec kMmapShared{
    {"mmap_shared", "A shared mapping of the file."}, Shape::access, kAllAdvices, true, nullptr};
const EngineSpec kAnon{.row = {"anon", "Anonymous memory."},
                       .shape = Shape::access,
                       .advices = kNormalOnly,
                       .uses_dataset = false,
                       .make = nullptr,
                       .stores = true};
const EngineSpec kHugetlb{.row = {"hugetlb", "Huge pages of a pool."},
                          .shape = Shape::access,
                          .advices = kNormalOnly,
                          .uses_dataset = false,
                          .make = nullptr,
                          .pool_page = [](const Options&) { return Bytes(2 << 20); }};
const EngineSpec kSendfile{.row = {"sendfile", "By one call a block."},
                           .shape = Shape::transfer,
                           .advices = kNormalOnly,
                           .uses_dataset = true,
                           .make = nullptr,
                           .refuses_sink = [](SinkKind kind) -> std::string_view {
                             return kind == SinkKind::pipe ? "the kernel says no" : "";
                           }};
const EngineSpec kCommand{{"command", "A program of the user's."}, Shape::command, {}, true, nullptr};
const EngineSpec kScenarioEngine{{"scenario", "A kernel event."}, Shape::scenario, {}, false, nullptr};
const ScenarioSpec kAnonWrite{{"anon_write", "First writes."}, true, nullptr};

const OrderSpec kSequential{{"sequential", "First to last."}, true, nullptr};
const OrderSpec kUniform{{"uniform", "Any block, equally likely."}, false, nullptr};
const OrderSpec kPermutation{{"permutation", "Every block once, shuffled."}, true, nullptr};
const OrderSpec kZipf{{"zipf", "Few blocks often.", {}, kZipfOptions}, false, nullptr};
const OrderSpec kHotset{{"hotset", "A hot part and the rest.", {}, kHotsetOptions}, false, nullptr};

std::optional<Refusal> not_of_anon(const Options&, const EngineSpec& engine, Start) {
  if (engine.row.name != "anon") return std::nullopt;
  return Refusal{"memcg_limit means nothing to engine anon", "choose another engine"};
}

const PressureSpec kMemcgLimit{{"memcg_limit", "A limit on the cgroup.", {}, kLimitOptions},
                               [](const Options& options) { return options.bytes("limit"); },
                               nullptr,
                               "limit",
                               PressureSide::host,
                               false,
                               not_of_anon};

const ProbeSpec kRusage{{"rusage", "getrusage(2)."}, ProbeSide::child, nullptr};
const ProbeSpec kMemcg{{"memcg", "The cgroup's counters."}, ProbeSide::parent, nullptr};
const ProbeSpec kVmstat{{"vmstat", "The host's counters."}, ProbeSide::parent, nullptr};

const MediumSpec kHost{{"host", "The host's file system."}, Store::host, false, nullptr};
constexpr std::array kDiskOptions = {
    OptionSpec{.name = "size", .type = OptionType::size, .fallback = "", .meaning = "Of the medium."}};
const MediumSpec kDisk{{"disk", "A device of its own.", {}, kDiskOptions}, Store::disk, false, nullptr};
const MediumSpec kRam{{"ram", "Files that are their pages.", {}, kDiskOptions}, Store::memory, true, nullptr};

constexpr std::array kSwapOptions = {
    OptionSpec{.name = "size", .type = OptionType::size, .fallback = "", .meaning = "Of the area."}};
const SwapSpec kNoSwap{{"none", "Nowhere to go."}, false, nullptr};
const SwapSpec kZram{{"zram", "Compressed memory.", {}, kSwapOptions}, false, nullptr};

const SinkSpec kTcp{{"tcp", "A connection."}, SinkKind::tcp, nullptr};
const SinkSpec kPipe{{"pipe", "A pipe."}, SinkKind::pipe, nullptr};
const SinkSpec kFile{{"file", "A file."}, SinkKind::file, nullptr};

constexpr std::array kEngines = {&kPread,    &kMmapShared, &kAnon,           &kHugetlb,
                                 &kSendfile, &kCommand,    &kScenarioEngine, &kPreadDirect};
constexpr std::array kScenarios = {&kAnonWrite};
constexpr std::array kOrders = {&kSequential, &kUniform, &kPermutation, &kZipf, &kHotset};
constexpr std::array kPressures = {&kMemcgLimit};
constexpr std::array kProbes = {&kRusage, &kMemcg, &kVmstat};
constexpr std::array kMedia = {&kHost, &kRam, &kDisk};
constexpr std::array kSwaps = {&kNoSwap, &kZram};
constexpr std::array kSinks = {&kTcp, &kPipe, &kFile};

}  // namespace

const Catalogue& fake_catalogue() {
  static const Catalogue catalogue{kEngines, kOrders,    kPressures, kProbes,
                                   kMedia,   kScenarios, kSwaps,     kSinks};
  return catalogue;
}

std::string plain_config() {
  return R"({
  "schema_version": 1,
  "name": "plain",
  "question": "Does it read?",
  "dataset": {"size": "1 GiB"},
  "workload": {"engine": "pread", "order": "uniform", "work": {"seconds": 2}}
})";
}

std::string rich_config() {
  return R"(// The example of the design, and more.
{
  "$schema": "../../harness/config/experiment.schema.json",
  "schema_version": 1,
  "name": "mmap-vs-read",
  "question": "Once the file no longer fits, does mmap still beat pread?",
  "dataset": {"size": "1 GiB", "content": "random", "write_chunk": "4 KiB", "medium": "host", "seed": 7},
  "workload": {
    "engine": "mmap_shared",
    "advice": "normal",
    "order": {"kind": "zipf", "theta": 0.9},
    "block": "4 KiB",
    "consume": "sum",
    "threads": 1,
    "work": {"seconds": 2},
    "latency": "off", "binding": "scatter"
  },
  "start": "cold",
  "pressure": {"memcg_limit": {"limit": "50% of dataset"}},
  "schedule": [{"at": {"seconds": 0.5}, "pressure": "memcg_limit", "to": "25% of dataset", "over_seconds": 0}],
  "swap": {"kind": "none"},
  "knobs": {"swappiness": 10, "thp": "never"},
  "budget": {"wall": "30 s", "device_read": "20 GiB"},
  "factors": {
    "workload.engine": ["pread", "mmap_shared"],
    "pressure.memcg_limit.limit": ["none", "50% of dataset"],
    "workload.threads": [1, 4],
    "skew": [
      {"label": "flat", "set": {"workload.order": "uniform"}},
      {"label": "steep", "set": {"workload.order.theta": 0.95, "workload.work.accesses": 1000}}
    ]
  },
  "include": [],
  /* one thread suffices where nothing is evicted */
  "exclude": [{"workload.threads": "4", "pressure.memcg_limit.limit": "none"}],
  "trials": 10, "seed": 1, "sample_every": "100 ms",
  "probes": ["rusage", "memcg"],
  "expect": [
    {
      "that": "ratio of ops_per_second",
      "of": {"workload.engine": "mmap_shared"},
      "over": {"workload.engine": "pread"},
      "where": {"pressure.memcg_limit.limit": "none"},
      "at_least": 1.0,
      "because": "no system call"
    },
    {"that": "median of major_faults", "of": {"workload.engine": "pread"}, "at_most": 1e6},
    {"that": "outcome", "of": {"workload.threads": 4}, "is": "ok"}
  ],
  "figures": [
    {"kind": "bars", "metric": "ops_per_second", "x": "pressure.memcg_limit.limit", "series": "workload.engine",
     "panel": "skew", "title": "Throughput"},
    {"kind": "ratio", "metric": "ops_per_second", "x": "skew", "series": "workload.engine", "over": "pread"},
    {"kind": "throughput_over_time", "series": "workload.engine"},
    {"kind": "counters_over_time", "series": "workload.engine", "metric": "major_faults"}
  ]
}
)";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << "nothing to replace: " << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

ReadResult read(std::string_view text) { return read_experiment(text, "test.json", fake_catalogue()); }

std::string listing(const ReadResult& result) {
  std::string text;
  for (const Problem& problem : result.problems) {
    text += fmt::format("{}:{} {}: {}\n", problem.line, problem.column, problem.path, problem.what);
  }
  return text;
}

unsigned line_of(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  EXPECT_NE(at, std::string_view::npos) << "no such word: " << word;
  return 1 + static_cast<unsigned>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

}  // namespace faultlab::config
