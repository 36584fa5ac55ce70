// What a trial changes on the host, owned: knobs, its memory cgroup, its pressures.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/cgroup.hpp"
#include "host/knobs.hpp"
#include "record/record.hpp"
#include "run/supervisor.hpp"

namespace faultlab::run {

class TrialHost {
 public:
  // Applies everything, writing what the kernel read back into the record. Undone in reverse order
  // by the destructor, also when it fails half-way.
  Result<> set_up(const Stage& stage, const config::Trial& trial, const std::string& dataset_path,
                  record::Record& record);

  MemoryCgroup* cgroup() const { return cgroup_.get(); }
  Bytes limit() const { return limit_; }  // the least that any pressure leaves, read back

 private:
  Result<> make_cgroup(const Stage& stage, record::Record& record);
  Result<> apply_pressures(const Stage& stage, const config::Trial& trial, record::Record& record);

  std::vector<host::KnobGuard> knobs_;
  std::unique_ptr<MemoryCgroup> cgroup_;
  std::vector<std::unique_ptr<Pressure>> pressures_;
  Bytes limit_ = kNoLimit;
};

}  // namespace faultlab::run
