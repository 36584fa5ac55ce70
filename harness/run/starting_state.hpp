// Did the trial get the starting state that it asked for? Read back just before the window opens.
#pragma once

#include <span>
#include <string>

#include "catalogue/data_file.hpp"
#include "config/experiment.hpp"
#include "host/cgroup.hpp"
#include "measure/reading.hpp"

namespace faultlab::run {

struct StartingState {
  Value verified;      // 1 verified, 0 not; missing where nothing could be asked
  std::string reason;  // what was found instead
};

// Of the dataset, or of the files that a command reads. cold: no page is resident. warm: all are, and they
// are charged to the trial's cgroup. steady: all are resident, or the cgroup is full. `limit` is what the
// kernel read back.
StartingState check_start(const config::Trial& trial, const EngineSpec& engine,
                          std::span<const DataFile> files, const MemoryCgroup* cgroup, Bytes limit);

}  // namespace faultlab::run
