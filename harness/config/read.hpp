// From text to Experiment, or to the list of everything that is wrong with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "config/experiment.hpp"

namespace faultlab::config {

struct Problem {
  std::string file;
  unsigned line = 0;    // 1-based; 0 where the problem is of the file as a whole
  unsigned column = 0;  // 1-based
  std::string path;     // JSON path, "workload.engine"; "" for the file itself
  std::string what;     // "unknown engine \"mmap_sharde\"; did you mean \"mmap_shared\"?"
  std::string remedy;
};

// "file:line:column: path: what\n  remedy"
std::string to_string(const Problem& problem);

struct ReadResult {
  Experiment experiment;          // meaningful only when `problems` is empty
  std::vector<Problem> problems;  // all of them, in file order
};

ReadResult read_experiment(std::string_view text, const std::string& file, const Catalogue& catalogue);

// The rules that the published JSON Schema cannot express, each with the id that its message ends
// in and one sentence. docs/config.md lists them; a test holds one rejected example against each.
struct ReaderOnlyRule {
  std::string_view id;
  std::string_view sentence;
};
std::span<const ReaderOnlyRule> reader_only_rules();

}  // namespace faultlab::config
