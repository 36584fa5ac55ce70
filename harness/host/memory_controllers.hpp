// The counters of the processor's memory controllers, as the kernel describes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace faultlab::host {

// One direction of one controller: what perf_event_open(2) wants, and what a count means.
struct ControllerEvent {
  std::string name;        // "uncore_imc_0/cas_count_read/"
  std::uint32_t type = 0;  // of perf_event_attr, as config
  std::uint64_t config = 0;
  std::vector<int> cpus;  // one of each socket
  double bytes_each = 0;
  bool writes = false;
};

// Of every controller below ROOT/sys/bus/event_source/devices. An error where there is none, as in most
// virtual machines, or where one is described in words that are not known. Source:
// Documentation/ABI/testing/sysfs-bus-event_source-devices-{events,format}.
Result<std::vector<ControllerEvent>> memory_controller_events(const std::string& root);

}  // namespace faultlab::host
