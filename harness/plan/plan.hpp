// From an experiment to its trials in order: seeded, blocked, interleaved. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "config/experiment.hpp"

namespace faultlab::plan {

struct PlannedTrial {
  std::uint32_t sequence = 0;  // place in the run's total order
  std::size_t cell = 0;        // index into Experiment::cells
  unsigned trial = 0;          // 0-based, within the cell
  std::uint64_t seed = 0;      // the same for all cells of a block: one order for every engine
};

using Plan = std::vector<PlannedTrial>;

// Block t holds trial t of every cell once, shuffled by (seed, t): a drift of the machine touches all
// cells alike.
Plan make_plan(std::size_t cells, unsigned trials, std::uint64_t seed);

// The plan as text, a line a trial; the golden form.
std::string to_text(const Plan& plan, const config::Experiment& experiment);

// "workload.engine=pread order=uniform"
std::string to_text(const config::Cell& cell);

// How long a trial should take, set-up included. Of one with fixed work it is what such trials usually take:
// that depends on the machine, and nobody knows it beforehand.
double expected_seconds(const config::Trial& trial, const Catalogue& catalogue);

struct Estimate {
  double seconds = 0;           // of all trials, by expected_seconds
  Bytes disk;                   // for the dataset files, all cells together
  unsigned unknown_trials = 0;  // trials whose duration is not known beforehand (fixed work)
};
Estimate estimate(const Plan& plan, const config::Experiment& experiment, const Catalogue& catalogue);

}  // namespace faultlab::plan
