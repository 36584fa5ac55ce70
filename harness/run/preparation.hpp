// What commands need is made, once, before the first trial: workload.prepare.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/experiment.hpp"
#include "os/signal_gate.hpp"
#include "record/record.hpp"
#include "record/run_folder.hpp"
#include "run/places.hpp"

namespace faultlab::run {

// One workload.prepare of the run.
struct Prepared {
  std::vector<std::string> command;  // as it was run
  std::string output;                // the file that holds what it printed
  bool reused = false;               // it was not run: what it had made is there, as it was left
  std::size_t files = 0;             // of all cells that it is for
  Bytes bytes;
};

// Runs each distinct workload.prepare whose files are not there as it left them (without files: always),
// outside of any trial's cgroup; then holds dataset.size to the files of each cell. An error has the last
// lines of what was printed. A signal to this program ends it.
Result<std::vector<Prepared>> prepare_commands(const config::Experiment& experiment, const Places& places,
                                               os::SignalGate& gate,
                                               const std::function<void(const std::string&)>& note);

// What they printed, and of what they were, into the run folder.
Result<> keep(const std::vector<Prepared>& prepared, record::RunFolder& folder);

}  // namespace faultlab::run
