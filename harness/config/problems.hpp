// Collects everything that is wrong with a config, each problem once and in its place.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/read.hpp"

namespace faultlab::config {

// Where a value stands: its position in the file and the chain of keys that leads to it.
struct Place {
  const Place* up = nullptr;  // null: the root
  std::string key;            // of an object's member
  std::size_t index = 0;      // of an array's item
  bool indexed = false;
  unsigned line = 1;
  unsigned column = 1;
};

// "factors.workload.engine[1]"; "" for the root.
std::string path_of(const Place& place);

// The rules that only the reader checks; problems.cpp holds their ids and sentences.
enum class Rule {
  json,
  duplicate_key,
  whole_units,
  size_range,
  page_multiple,
  duration_range,
  block_divides,
  threads_fit,
  processes_fit,
  access_needs,
  command_only,
  command_start,
  scenario_only,
  scenario_pages,
  transfer_only,
  sink_fits,
  advice_belongs,
  writes_belong,
  writes_find_content,
  passes_cover,
  warm_fits,
  warm_is_kept,
  chase_in_turn,
  medium_holds,
  medium_warm,
  sparse_is_read,
  limit_floor,
  limit_reaches,
  budget_fits,
  schedule_fits,
  pressure_fits,
  options_together,
  factor_conflict,
  label_unique,
  cell_limit,
  cells_left,
  latency_twin,
  names_exist,
  expect_cells,
  expect_range,
};

class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  // A problem that the published schema reports too.
  void add(const Place& place, std::string what, std::string remedy);
  // A problem that only the reader can see.
  void add(Rule rule, const Place& place, std::string what, std::string remedy);
  // A problem of the file as a whole.
  void add_to_file(Rule rule, std::string what, std::string remedy);

  // While a cell is set, a problem that was not there without it belongs to the combination: it is
  // reported once and names the first cell that has it. Null: no cell.
  void set_cell(const Cell* cell) { cell_ = cell; }
  // Not all cells have been looked at: counts of them are lower bounds.
  void cut_cells() { cells_cut_ = true; }

  bool none() const { return found_.empty(); }
  // No more are collected: a file with this many is not read to its end by anyone.
  bool full() const { return found_.size() >= kMost; }

  std::vector<Problem> sorted() const;

 private:
  static constexpr std::size_t kMost = 256;
  using Key = std::tuple<unsigned, unsigned, std::string, std::string>;  // line, column, path, what
  struct Found {
    std::string remedy = {};
    bool reader_only = false;
    Rule rule = Rule::json;
    std::string cell = {};
    std::size_t more_cells = 0;
  };

  void insert(Key key, Found found);

  std::string file_;
  std::map<Key, Found> found_;
  const Cell* cell_ = nullptr;
  bool cells_cut_ = false;
};

}  // namespace faultlab::config
