// Probes: sources of counters. Each is read at both ends of the window and, if it can, in between.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalogue/data_file.hpp"
#include "catalogue/row.hpp"
#include "measure/progress.hpp"
#include "measure/reading.hpp"

namespace faultlab {

class MemoryCgroup;  // host/cgroup.hpp

enum class ProbeSide {
  parent,  // reads from outside, while the trial's threads wait
  child,   // reads its own process
};

struct ProbeTarget {
  pid_t pid = 0;                         // the trial's process
  const MemoryCgroup* cgroup = nullptr;  // null where there is none
  std::vector<DataFile> files = {};  // the dataset's, or those that a command reads; empty: no file is known
  std::string root = {};             // of the kernel's files: "" on a live host, a captured tree in tests
  std::string run_folder = {};       // where files belong, in a folder per kind; empty: no files are wanted
  std::uint32_t sequence = 0;        // of the trial, in their names
  std::string swap_path = {};        // of the trial's own swap area; empty: it has none
  const ProgressPage* progress = nullptr;  // the trial's; null where there is none
};

// Counters since before(), by metric name: one row of the time series.
using Sample = std::vector<std::pair<std::string_view, Value>>;

class Probe {
 public:
  virtual ~Probe() = default;
  virtual void before() = 0;
  virtual void after() = 0;
  virtual void report(Readings& readings) const = 0;
  // Adds what can be read cheaply while the trial runs; nothing by default.
  virtual void sample(Sample&) {}
};

enum class ProbeKind {
  counter,  // reads what the kernel counts anyway; in every trial unless the config says otherwise
  tracer,   // makes the kernel do more per event; only where a config names it
};

struct ProbeSpec {
  Row row;
  ProbeSide side;
  std::unique_ptr<Probe> (*make)(const ProbeTarget& target);
  ProbeKind kind = ProbeKind::counter;
};

}  // namespace faultlab
