// The commands, one function each: what the command line's words do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
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

struct NewOptions {
  std::string name;
  std::string from;  // an experiment to copy; empty: a config of our own
};

struct ListOptions {
  std::string kind;       // empty: all
  bool markdown = false;  // the catalogue of experiments, as a page
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

struct ExportOptions {
  std::string run;
  std::string format;  // empty: trials.csv and benchmark.json, into the run folder
  std::vector<std::string> metrics;
  std::string out;
};

struct CompareOptions {
  std::vector<std::string> runs;  // run folders or fio's JSON; the first is what the others are compared with
  std::vector<std::string> metrics;
  std::vector<std::string> bounds;  // "ops_per_second 5%": worse by more is a regression
  std::vector<std::string> of_factors;
  std::vector<std::pair<std::string, std::string>> matches;  // cells of later runs, and those they stand for
  std::string figures;                                       // a folder; empty: none are drawn
};

struct ReportOptions {
  std::vector<std::string> runs;
  std::string out;
  std::string paper;  // a folder to be made; empty: report.html
};

struct ReproduceOptions {
  std::string bundle;
  std::optional<unsigned> trials;
  std::string only;  // one experiment of the bundle
};

ExitCode calibrate(const Common& common, const CalibrateOptions& options);
ExitCode run_experiment(const Common& common, const RunOptions& options);
ExitCode execute_program(const Common& common, ExecOptions options);
ExitCode resume_run(const Common& common, const RunOptions& options);
ExitCode study_run(const Common& common, const RunOptions& options);
ExitCode export_run(const Common& common, const ExportOptions& options);
ExitCode compare_runs(const Common& common, const CompareOptions& options);
ExitCode report_runs(const Common& common, const ReportOptions& options);
ExitCode reproduce_bundle(const Common& common, const ReproduceOptions& options);
ExitCode print_offsets(const Common& common, const OffsetsOptions& options);
ExitCode validate(const Common& common, const std::vector<std::string>& configs);
ExitCode show_plan(const Common& common, const std::string& config);
ExitCode list(const Common& common, const ListOptions& options);
ExitCode doctor(const Common& common, bool fix_hints);
ExitCode recover(const Common& common);
ExitCode print_schema();
ExitCode make_experiment(const Common& common, const NewOptions& options);

}  // namespace faultlab::app
