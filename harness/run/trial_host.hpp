// What a trial changes on the host, owned: knobs, its place to swap to, its memory cgroup, its pressures.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalogue/data_file.hpp"
#include "host/cgroup.hpp"
#include "host/knobs.hpp"
#include "record/record.hpp"
#include "run/schedule.hpp"
#include "run/supervisor.hpp"

namespace faultlab::run {

class TrialHost {
 public:
  // Applies everything, writing what the kernel read back into the record. Undone in reverse order
  // by the destructor, also when it fails half-way.
  Result<> set_up(const Stage& stage, const config::Trial& trial, const std::vector<DataFile>& files,
                  record::Record& record);

  // Around the window: pressures that act in it.
  void begin_pressures(const ProgressPage& progress);
  void end_pressures();
  std::string shortfall() const;  // why the trial did not have the pressure that it should have had
  void report_pressures(record::Record& record, bool emulated) const;
  Schedule& schedule() { return *schedule_; }  // once it is set up

  MemoryCgroup* cgroup() const { return cgroup_.get(); }
  const SwapPlace* swap() const { return swap_.get(); }
  Bytes limit() const { return limit_; }  // the least that any pressure leaves, read back

 private:
  Result<> set_knobs(const Stage& stage, const config::Trial& trial, const std::vector<DataFile>& files);
  Result<> enable_swap(const Stage& stage, const config::Trial& trial, record::Record& record);
  Result<> make_cgroup(const Stage& stage, const config::Trial& trial, record::Record& record);
  Result<> apply_pressures(const Stage& stage, const config::Trial& trial, record::Record& record);

  std::vector<host::KnobGuard> knobs_;
  std::unique_ptr<SwapPlace> swap_;  // before the cgroup, whose end gives up what lies in it
  std::unique_ptr<MemoryCgroup> cgroup_;
  std::vector<std::unique_ptr<Pressure>> pressures_;
  std::optional<Schedule> schedule_;  // after the pressures, which it turns
  Bytes limit_ = kNoLimit;
};

}  // namespace faultlab::run
