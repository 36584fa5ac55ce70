// The commands, one function each: what the command line's words do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/exit_code.hpp"

namespace faultlab::app {

// Options that every command has.
struct Common {
  std::string results;  // where run folders are
  std::string data;     // where datasets are
  bool json = false;
  bool quiet = false;
  std::vector<std::string> words;  // the command line as typed, without the program's name
};

struct RunOptions {
  std::string target;  // a config file, an experiment's folder or name; for resume: a run folder
  bool no_study = false;
  bool strict = false;
  std::vector<std::string> price_lists = {};  // runs whose prices the cost model uses; empty: no model
  bool no_probes = false;                     // the timing twin: neither probes nor a time series
};

struct ExecOptions {
  std::vector<std::string> program;           // and its arguments
  std::vector<std::string> limits = {"50%"};  // sizes, or shares of its peak
  std::vector<std::string> files;             // that it reads
  std::string start = "cold";
  std::string swap;  // the size of a swap file; empty: none
  std::string wall = "10 min";
  unsigned trials = 6;
  bool marked = false;  // it marks its window itself
};

struct CalibrateOptions {
  std::vector<std::string> scenarios;  // empty: all
  bool quick = false;
  int shift = 0;
  bool verbose = false;
};

struct OffsetsOptions {
  std::string run;
  std::uint32_t sequence = 0;
  unsigned worker = 0;
};

ExitCode calibrate(const Common& common, const CalibrateOptions& options);
ExitCode run_experiment(const Common& common, const RunOptions& options);
ExitCode execute_program(const Common& common, ExecOptions options);
ExitCode resume_run(const Common& common, const RunOptions& options);
ExitCode study_run(const Common& common, const RunOptions& options);
ExitCode export_run(const Common& common, const std::string& run);
ExitCode print_offsets(const Common& common, const OffsetsOptions& options);
ExitCode validate(const Common& common, const std::vector<std::string>& configs);
ExitCode show_plan(const Common& common, const std::string& config);
ExitCode list(const Common& common, const std::string& kind);
ExitCode doctor(const Common& common);
ExitCode recover(const Common& common);
ExitCode print_schema();
ExitCode make_experiment(const std::string& name);

}  // namespace faultlab::app
