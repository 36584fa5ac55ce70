// What a trial's timed accesses say: from the child as histograms, into the record as numbers, into the
// run folder as both.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "measure/latency_recorder.hpp"
#include "measure/reading.hpp"
#include "record/record.hpp"

namespace faultlab::record {

struct LatencyReport {
  std::string clock;       // "tsc" or "clock_gettime"
  double timer_ns = 0;     // of the clock, in every timed access
  bool sampled = false;    // one access in 64; else every access
  std::string no_classes;  // why accesses are not told apart; empty where they are
  LatencyCounts counts;
};

// The histograms without loss: bucket numbers and counts. Goes over the pipe, and into
// histograms/<sequence>.json, from which plots/ merges the trials of a cell.
Json to_json(const LatencyReport& report);
// Precondition: `json` came from to_json.
LatencyReport latency_from_json(const Json& json);

// The record's `latency`: per class that was met, its count, times and order statistics. Without the
// times where time is `emulated`.
Json summary(const LatencyReport& report, bool emulated);

// blocked_faults, unclassified_accesses, preempted_accesses and timer_ns, source "latency".
void add_readings(const LatencyReport& report, Readings& readings);

// Puts what the child sent into the record, and the histograms into the run folder. What cannot be
// written becomes a warning.
void keep_latency(const Json& sent, const std::string& run, bool emulated, Record& record);

}  // namespace faultlab::record
