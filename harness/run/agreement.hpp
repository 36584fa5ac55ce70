// Checksums that programs of the user's report: trials that are to agree are held to each other.
#pragma once

#include <map>
#include <string>

#include "config/experiment.hpp"
#include "plan/plan.hpp"
#include "record/record.hpp"

namespace faultlab::run {

// Where workload.checksum is `same`, trials with the same workload.arguments and the same seed (if the
// command takes one) do the same work, whatever workload.command does it: the first one's checksum is what
// the others' must be.
class Agreement {
 public:
  explicit Agreement(const config::Experiment& experiment) : experiment_(experiment) {}

  // A trial that was run before, of a run that goes on.
  void recall(const plan::PlannedTrial& planned, const record::Json& record);
  // Makes a trial that went well, but reported another checksum or none, invalid.
  void judge(const plan::PlannedTrial& planned, record::Record& record);

 private:
  struct First {
    std::string checksum;
    std::uint32_t sequence;
  };
  bool asked(const plan::PlannedTrial& planned) const;
  std::string key_of(const plan::PlannedTrial& planned) const;

  const config::Experiment& experiment_;
  std::map<std::string, First> firsts_;
};

}  // namespace faultlab::run
