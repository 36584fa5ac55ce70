// What ends a trial before its work is done: its budget, and the host's own need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "catalogue/probe_spec.hpp"
#include "config/experiment.hpp"
#include "run/outcome.hpp"

namespace faultlab::run {

// What a trial has used so far.
struct Spent {
  double seconds;  // set-up included
  std::uint64_t accesses;
  const Sample& sample;  // counters since the window opened; empty before
};

// The ending where a budget is used up.
std::optional<Ending> over_budget(const config::Budget& budget, const Spent& spent);
// The ending where less memory is available than must stay for others.
std::optional<Ending> host_in_need(const Spent& spent, const std::string& root = "");

}  // namespace faultlab::run
