// The collector of problems, and the list of rules that only the reader checks.
#include "config/problems.hpp"

#include <fmt/format.h>

#include <array>

#include "config/limits.hpp"
#include "config/nearest.hpp"

namespace faultlab::config {
namespace {

// In the order of the enumeration.
constexpr auto kRules = std::to_array<ReaderOnlyRule>({
    {"json", "The file is JSON with comments, UTF-8, of at most 4 MiB, 64 levels and 200000 values."},
    {"duplicate-key", "No key stands twice in one object."},
    {"whole-units", "A size comes to whole bytes, a duration to whole nanoseconds."},
    {"size-range", "A size lies within the limits of its field, also when it is a share of the dataset."},
    {"page-multiple", "Dataset size, block and write_chunk are multiples of the page, 4 KiB."},
    {"duration-range", "A duration lies within the limits of its field."},
    {"block-divides", "The dataset is a whole number of blocks."},
    {"threads-fit",
     "The threads of all processes are at most 256, and every one has at least one block of the dataset."},
    {"processes-fit",
     "Several processes are not combined with a steady start, nor with a pressure on the trial's own "
     "memory."},
    {"access-needs", "An engine that accesses the dataset needs workload.order and workload.work."},
    {"command-only",
     "A command engine needs workload.command and takes no order, block, consume, advice, processes, "
     "threads, work or timing; no other engine takes workload.command, arguments, prepare, files, packages, "
     "window or checksum."},
    {"command-start", "A command starts cold, or warm where workload.files names what is to be in memory."},
    {"scenario-only",
     "The engine scenario needs workload.scenario and takes no order, block, consume, advice, "
     "processes, threads, work, timing, warmed start or swap; no other engine takes workload.scenario."},
    {"scenario-pages", "A scenario is about whole huge pages: dataset.size is a multiple of 2 MiB."},
    {"transfer-only",
     "An engine that moves blocks to a sink needs workload.sink, runs in one process, starts cold or warm, "
     "and "
     "takes neither consume nor writes; no other engine takes workload.sink."},
    {"sink-fits",
     "The system calls of the engine can write to the sink, and a sink that is a file takes one pass."},
    {"advice-belongs", "The advice is one that means something to the engine."},
    {"writes-belong", "workload.writes is set only for an engine whose accesses can store."},
    {"writes-find-content",
     "Memory without a file is loaded from only where it holds the content: accesses of a cold start all "
     "store, unless the content is zero, as untouched memory is."},
    {"passes-cover", "Passes are counted only in an order that visits every block once per pass."},
    {"warm-fits", "A warm start needs memory for the whole dataset under every pressure."},
    {"warm-is-kept", "A warm start needs an engine that reads through the page cache, which it fills."},
    {"chase-in-turn",
     "Accesses of which each needs the one before are not made by an engine that queues them."},
    {"medium-holds", "A medium that the run makes is at least as large as the dataset."},
    {"medium-warm", "On a medium that keeps its pages (tmpfs) the start is warm."},
    {"sparse-is-read", "A sparse dataset is one that the engine only reads: a store would fill a hole."},
    {"limit-floor", "A pressure leaves a trial at least 4 MiB: below, it is killed at exec."},
    {"limit-reaches",
     "A limit on memory is set only for an engine whose memory it reaches: not for huge pages of a pool, "
     "which "
     "are neither charged nor reclaimed."},
    {"budget-fits", "The seconds of work are fewer than those of budget.wall."},
    {"schedule-fits",
     "A schedule turns pressures that the trial has, its moments are in order and come while the work goes "
     "on, "
     "and its ramps lie between two sizes."},
    {"pressure-fits",
     "A pressure that acts on the trial's own memory means something to its engine and its start."},
    {"options-together",
     "An option that a level sets belongs to the plugin that its cell chooses, and no required option "
     "is left out there."},
    {"factor-conflict", "No two factors set the same config path."},
    {"label-unique", "The levels of a factor have different labels."},
    {"cell-limit", "The factors make at most 100000 cells."},
    {"cells-left", "At least one cell is left after include and exclude."},
    {"latency-twin",
     "workload.latency is a factor with the level off, and each cell that times accesses has a cell that "
     "differs from it in that alone."},
    {"names-exist", "The factors and level labels in include, exclude, expect and figures exist."},
    {"expect-cells",
     "An expectation selects cells that exist; where names no factor of of or over; over names the same "
     "factors as of and selects others."},
    {"expect-range", "at_least is not above at_most."},
});
static_assert(kRules.size() == static_cast<std::size_t>(Rule::expect_range) + 1);

std::string cell_name(const Cell& cell) {
  std::string text;
  for (const auto& [factor, label] : cell) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} = {}", factor, in_quotes(label));
  }
  return text;
}

}  // namespace

std::span<const ReaderOnlyRule> reader_only_rules() { return kRules; }

std::string path_of(const Place& place) {
  if (place.up == nullptr) return {};
  const std::string above = path_of(*place.up);
  if (place.indexed) return fmt::format("{}[{}]", above, place.index);
  const std::string shown = in_quotes(place.key);
  const std::string key = shown.substr(1, shown.size() - 2);
  return above.empty() ? key : above + "." + key;
}

void Problems::add(const Place& place, std::string what, std::string remedy) {
  if (full()) return;
  Found found{.remedy = std::move(remedy)};
  if (cell_ != nullptr) {
    found.reader_only = true;
    found.rule = Rule::options_together;
  }
  insert({place.line, place.column, path_of(place), std::move(what)}, std::move(found));
}

void Problems::add(Rule rule, const Place& place, std::string what, std::string remedy) {
  if (full()) return;
  insert({place.line, place.column, path_of(place), std::move(what)},
         {.remedy = std::move(remedy), .reader_only = true, .rule = rule});
}

void Problems::add_to_file(Rule rule, std::string what, std::string remedy) {
  insert({0, 0, "", std::move(what)}, {.remedy = std::move(remedy), .reader_only = true, .rule = rule});
}

void Problems::insert(Key key, Found found) {
  const auto [at, is_new] = found_.try_emplace(std::move(key), std::move(found));
  if (cell_ == nullptr || cell_->empty()) return;
  if (is_new) {
    at->second.cell = cell_name(*cell_);
  } else if (!at->second.cell.empty()) {
    ++at->second.more_cells;
  }
}

std::vector<Problem> Problems::sorted() const {
  std::vector<Problem> all;
  for (const auto& [key, found] : found_) {
    const auto& [line, column, path, what] = key;
    std::string sentence = what;
    if (!found.cell.empty()) {
      sentence += fmt::format("; in cell {}", found.cell);
      if (found.more_cells > 0) {
        sentence += fmt::format(" and {}{} more", cells_cut_ ? "at least " : "", found.more_cells);
      }
    }
    if (found.reader_only) {
      sentence += fmt::format(" [{}]", kRules[static_cast<std::size_t>(found.rule)].id);
    }
    all.push_back({file_, line, column, path, std::move(sentence), found.remedy});
  }
  if (full()) all.back().remedy += fmt::format(" (only {} problems are listed: there are more)", kMost);
  return all;
}

}  // namespace faultlab::config
