// A trial's schedule, carried out while its window is open, in a thread of the parent.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catalogue/pressure_spec.hpp"
#include "catalogue/probe_spec.hpp"
#include "config/experiment.hpp"
#include "measure/progress.hpp"
#include "record/record.hpp"

namespace faultlab::run {

// A pressure that stands, with the value that the kernel has.
struct Standing {
  std::string kind;
  Pressure* pressure;
  Bytes value;
};

class Schedule {
 public:
  // The pressures outlive it.
  Schedule(std::vector<config::Moment> moments, std::vector<Standing> standing);

  // Carries the moments out until the last is through, or until end().
  void begin(const ProgressPage& progress);
  void end();

  // Adds the value in force of every pressure that the schedule turns, as "<kind>_bytes".
  void sample(Sample& sample);
  // When the first change began and the last was through, since the window opened; nothing where not all
  // came. After end().
  std::optional<std::pair<std::uint64_t, std::uint64_t>> span_ns() const;
  // What became of each moment. Times are missing where they are emulated. After end().
  record::Json report(bool emulated) const;
  // Why the trial did not have the pressure that it should have had; empty where it had. After end().
  std::string shortfall() const;

 private:
  struct Done {
    std::uint64_t began_ns = 0;  // since the window opened
    std::uint64_t ended_ns = 0;
    std::uint64_t accesses = 0;  // when it began
    Bytes value = {};            // read back
    std::string error = {};      // of a value that the kernel refused
  };
  struct Column {
    std::string name;
    Standing standing;
  };

  void carry_out(const std::stop_token& stop);
  bool wait_for(const config::Moment& moment, const std::stop_token& stop) const;
  // False where the kernel refuses, or where the end comes first.
  bool change(const config::Moment& moment, Done& done, const std::stop_token& stop);
  Result<Bytes> turn(Column& column, Bytes to, const std::stop_token& stop);
  std::uint64_t now_in_window() const;

  std::vector<config::Moment> moments_;
  std::vector<Column> columns_;
  const ProgressPage* progress_ = nullptr;
  mutable std::mutex mutex_;  // of the columns' values and done_
  std::vector<Done> done_;
  std::jthread thread_;  // last: it ends before what it uses
};

}  // namespace faultlab::run
