// The command `new`: a folder with a config that explains itself and a page of questions.
#include <fmt/format.h>

#include <optional>
#include <regex>

#include "app/commands.hpp"
#include "app/config_file.hpp"
#include "app/paths.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "os/file.hpp"

namespace faultlab::app {
namespace {

// Its name is written over this word.
constexpr std::string_view kName = "NAME";
constexpr const char* kSchema = "../../harness/config/experiment.schema.json";

// Every line of the form `// "key": ...` is valid in the place where it stands; a test takes them one by one.
constexpr std::string_view kConfig = R"({
  // Every field of a config: docs/config.md. Every engine, order, pressure, probe, knob and metric: `faultlab list`.
  // An editor that follows "$schema" completes and checks while you type; so does `faultlab validate NAME`.
  "$schema": "../../harness/config/experiment.schema.json",
  "schema_version": 1,
  "name": "NAME",

  // What you want to know, in a sentence.
  "question": "How much faster than pread is a mapping, by the size of a block, while the file is in memory?",

  // The file that is read. It is made once; every word of it is known, so that all work can be checked.
  // "medium": what it lies on, "host" or one made for the run, as {"kind": "ext4_loop", "size": "96 MiB"}.
  "dataset": { "size": "64 MiB", "medium": "host" },

  "workload": {
    // How bytes are reached. Also "read", "io_uring", "mmap_populate", "buffer_pool", "anon" (memory without a file).
    "engine": "pread",
    // Which block comes next. Also "sequential", "permutation" (each once a pass), {"kind": "zipf", "theta": 0.9}.
    "order": "uniform",
    // What one access reaches: a multiple of 4 KiB.
    "block": "4 KiB",
    // What is done with it. "touch": a word of each page. Also "sum" (all words), "copy", "chase" (as a list does).
    "consume": "touch",
    // What the kernel is told of the order: "random" turns read-ahead off. Also "normal", "sequential".
    "advice": "random",
    // Threads that share the work.
    "threads": 1,
    // When a trial's window ends. Also {"accesses": 100000}; {"passes": 1} in orders that visit each block once.
    "work": { "seconds": 0.3 }
  },

  // What is in memory before the window opens: "cold" nothing, "warm" all of it, "steady" what is left after ageing.
  "start": "warm",

  // How memory is made scarce. Below the dataset's size, start "steady" (or "cold"): a warm start would not fit.
  // "pressure": { "memcg_limit": { "limit": "150% of dataset" } },
  // Where memory that belongs to no file can go when it is short.
  // "swap": { "kind": "file", "size": "64 MiB" },
  // Settings of the kernel, put back after each trial. They want root.
  // "knobs": { "swappiness": 60 },

  // What is varied: a field and its levels. Every combination is a cell. A level may also set several fields:
  //   "memory": [ { "label": "all", "set": { "start": "warm" } },
  //               { "label": "half", "set": { "start": "steady", "pressure.memcg_limit.limit": "50% of dataset" } } ]
  "factors": {
    // Single accesses, timed and sorted by what the kernel did for them, beside trials in which none is.
    // "workload.latency": ["off", "sampled"],
    "workload.engine": ["pread", "mmap_shared"],
    "workload.block": ["4 KiB", "64 KiB"]
  },
  // Cells to leave out.
  // "exclude": [ { "workload.engine": "pread", "workload.block": "64 KiB" } ],

  // Trials of each cell, each in a process of its own; fewer than six have no interval.
  "trials": 7,
  // Of the orders and of the sequence of trials: the same seed, the same plan.
  "seed": 1,
  // How often counters are read for figures over time.
  "sample_every": "100 ms",
  // Where numbers come from. All but the tracers, unless some are named.
  // "probes": ["rusage", "vmstat", "io", "cachestat"],

  // What you expect, before you see it. Each gets a verdict: confirmed, refuted, no difference, undecided, not testable.
  "expect": [
    { "that": "ratio of ops_per_second", "of": { "workload.engine": "mmap_shared" }, "over": { "workload.engine": "pread" },
      "where": { "workload.block": "4 KiB" }, "at_least": 2,
      "because": "an access through a mapping is a load; pread is a system call and a copy" }
  ],

  // What is drawn. Also "throughput_over_time", "counters_over_time", "latency_by_class", "time_split" and others.
  "figures": [
    { "kind": "bars", "metric": "ops_per_second", "x": "workload.block", "series": "workload.engine" },
    { "kind": "ratio", "metric": "ops_per_second", "x": "workload.block", "series": "workload.engine", "over": "pread" }
  ]
}
)";

constexpr std::string_view kReadme = R"(# NAME

Answer these before the first run; what is written afterwards explains anything.

**Question.** What do you want to know? One sentence; the config has it, too. Who would do what differently, once
they know the answer?

**Design.** Which fields are varied, and what is held equal, so that only they can make the difference? Why this size,
this start, this order?

**Hypothesis.** What will come out, and in which direction? By which mechanism in the kernel?

**Expected size.** By how much, at least and at most? From which price or count does that follow
(`faultlab run fault-cost`, docs/prices.md)? These bounds belong into `expect`.

**Confounders.** What else could make such a difference: read-ahead, the size of folios, a page cache that was not as
cold as it should be, the device's own cache, a busy neighbour, the processor's clock? How would you notice?

**How to read the figures.** What is on the axes? Which two marks are to be compared?

**What would refute it.** Which result would make you give up the hypothesis?
)";

// Asked first of one that was copied.
constexpr std::string_view kCopied = R"(
Made from `OTHER`. **What differs,** and what should stay as it is there?
)";

std::string replaced(std::string text, std::string_view word, std::string_view by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
    text.replace(at, word.size(), by);
  return text;
}

struct Draft {
  std::string config;
  std::string readme;
};

// `key` is a regular expression, the value plain text. `name` and `$schema` are the first of their kind.
std::string with_value(const std::string& text, const std::string& key, const std::string& value) {
  const std::regex member("(\"" + key + R"re("\s*:\s*)"[^"\n]*")re");
  return std::regex_replace(text, member, "$1\"" + value + "\"", std::regex_constants::format_first_only);
}

// The problems of such a config; that it has another name than it was given is one, too.
bool has_problems(const std::string& config, const std::string& name) {
  const auto read = config::read_experiment(config, name, full_catalogue());
  for (const auto& problem : read.problems) print_error(problem.what, problem.remedy);
  if (!read.problems.empty()) return true;
  if (read.experiment.name == name) return false;
  print_error("the original's name was not found in its text", "copy its folder, and change `name` by hand");
  return true;
}

// Text for text, so that its comments stay; under the new name.
std::optional<Draft> copy_of(const std::string& original, const std::string& name) {
  const auto experiment = read_config(original);
  if (!experiment) return std::nullopt;
  Draft draft{with_value(with_value(experiment->written, "name", name), R"(\$schema)", kSchema),
              replaced(std::string(kReadme), kName, name)};
  const auto after_title = draft.readme.find('\n') + 1;
  draft.readme.insert(after_title, replaced(std::string(kCopied), "OTHER", original));
  if (has_problems(draft.config, name)) return std::nullopt;
  return draft;
}

}  // namespace

ExitCode make_experiment(const Common& common, const NewOptions& options) {
  const std::string root = project_root();
  const std::string folder =
      (root.empty() ? std::string("experiments") : root + "/experiments") + "/" + options.name;
  std::optional<Draft> draft = Draft{replaced(std::string(kConfig), kName, options.name),
                                     replaced(std::string(kReadme), kName, options.name)};
  // Our own config is good, so that what is wrong here is the name.
  if (has_problems(draft->config, options.name)) return ExitCode::usage;
  if (!options.from.empty()) draft = copy_of(options.from, options.name);
  if (!draft) return ExitCode::usage;
  if (os::exists(folder)) {
    print_error(folder + " exists already", "choose another name");
    return ExitCode::usage;
  }
  for (auto made : {os::make_folders(folder), os::replace_file(folder + "/experiment.json", draft->config),
                    os::replace_file(folder + "/README.md", draft->readme)}) {
    if (made) continue;
    print_error(made.error());
    return ExitCode::host_cannot;
  }
  fmt::print("{0}/experiment.json\n{0}/README.md\n", folder);
  if (!common.quiet) {
    say("next: edit both; then `faultlab validate {0}`, `faultlab plan {0}`, `faultlab run {0}`\n",
        options.name);
  }
  return ExitCode::ok;
}

}  // namespace faultlab::app
