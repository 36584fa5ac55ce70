// Did the trial get the starting state that it asked for? Read back just before the window opens.
#pragma once

#include <optional>
#include <string>

#include "config/experiment.hpp"
#include "host/cgroup.hpp"
#include "measure/reading.hpp"

namespace faultlab::run {

struct StartingState {
  Value verified;      // 1 verified, 0 not; missing where nothing could be asked
  std::string reason;  // what was found instead
};

// cold: no page of the file is resident. warm: all are, and they are charged to the trial's cgroup.
// steady: all are resident, or the cgroup is full. `limit` is what the kernel read back.
StartingState check_start(const config::Trial& trial, const EngineSpec& engine,
                          const std::string& dataset_path, const MemoryCgroup* cgroup, Bytes limit);

}  // namespace faultlab::run
