// What parent and child say to each other, and on which descriptors.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catalogue/data_file.hpp"
#include "config/experiment.hpp"

namespace faultlab::run {

using Json = nlohmann::ordered_json;

// In the child.
inline constexpr int kOrdersFd = 3;    // lines from the parent
inline constexpr int kReportsFd = 4;   // lines to the parent
inline constexpr int kProgressFd = 5;  // the progress page
inline constexpr int kOutputFd = 6;    // where a command's output goes

// The child's hidden command-line word: for a trial, and for a scenario of `calibrate`.
inline constexpr const char* kWorkerWord = "worker";
inline constexpr const char* kScenarioWord = "scenario-worker";

// The first line to the child.
struct Assignment {
  config::Trial trial;
  std::uint64_t seed = 0;
  std::vector<DataFile> files = {};  // the dataset's, or those that a command reads
  std::string data_folder = {};      // for other files
  unsigned process = 0;              // of a trial that has several; the first one starts the others

  // An empty path where the trial uses none.
  DataFile dataset() const { return files.empty() ? DataFile{} : files.front(); }
};
Json to_json(const Assignment& assignment);
Assignment assignment_from_json(const Json& json);

// The parent's further lines.
inline constexpr const char* kLaunch = "launch";  // start the user's program, which marks its own window
inline constexpr const char* kGo = "go";          // open the window
inline constexpr const char* kVerify = "verify";  // the outside counters are read: check the work

// The child's lines are JSON objects with one of these keys.
inline constexpr const char* kReady = "ready";  // the starting state stands, threads wait; value: binding
inline constexpr const char* kLaunched = "launched";  // the program waits at its line `begin`; value: null
inline constexpr const char* kClosed =
    "closed";  // the window is over; value: what was done, see run/shift.hpp
inline constexpr const char* kLatency =
    "latency";                                // value: the timed accesses, see record/latency_report.hpp
inline constexpr const char* kWork = "work";  // value: what each thread did, as in a record
inline constexpr const char* kDone = "done";  // value: readings, as in a record
inline constexpr const char* kInvalid = "invalid";  // value: why the work is not what was asked for
inline constexpr const char* kFailed = "failed";    // value: the error, and the signal that ended a command

}  // namespace faultlab::run
