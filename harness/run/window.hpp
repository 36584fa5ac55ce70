// The timed window of a trial, as the child saw it.
#pragma once

#include "measure/reading.hpp"

namespace faultlab::run {

struct Window {
  Value wall_ns = Missing{"the window never opened"};
  Value setup_ns = Missing{"the window never opened"};
  Value accesses = Missing{"the window never opened"};
  Value stores = Missing{"the window never opened"};
  Value syncs = Missing{"the window never opened"};
  Value sync_ns = Missing{"the window never opened"};
  Value idle_ns = Missing{"the window never opened"};  // of the workers, summed
  Value events = Missing{"the window never opened"};   // of a scenario
};

}  // namespace faultlab::run
