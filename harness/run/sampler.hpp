// The time series of a trial, sampled by the parent.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalogue/probe_spec.hpp"
#include "measure/progress.hpp"
#include "run/recovery.hpp"
#include "run/schedule.hpp"

namespace faultlab::run {

class Sampler {
 public:
  // All outlive the sampler. `reported`: of a program of the user's, whose accesses are known when it reports
  // some.
  Sampler(const std::vector<std::unique_ptr<Probe>>& probes, const ProgressPage& progress, Schedule& schedule,
          bool reported)
      : probes_(probes), progress_(progress), schedule_(schedule), reported_(reported) {}

  // One row, now; its values stand until the next. Its cost adds up in cost_ns().
  const Sample& take();
  // The same values, without a row.
  Sample look() const;
  std::uint64_t cost_ns() const { return cost_ns_; }
  // The rows since the window opened.
  std::vector<Progress> progress() const;
  // Writes series/<sequence>.csv; nothing where no row was taken.
  Result<> save(const std::string& path) const;

 private:
  struct Row {
    std::int64_t t_ns;
    std::uint64_t accesses;
    Phase phase;
    Sample values;
  };
  const std::vector<std::unique_ptr<Probe>>& probes_;
  const ProgressPage& progress_;
  Schedule& schedule_;
  bool reported_;
  std::uint64_t cost_ns_ = 0;
  std::vector<Row> rows_;
};

}  // namespace faultlab::run
