// The timed window of a trial, as the child saw it.
#pragma once

#include "catalogue/engine_spec.hpp"
#include "measure/reading.hpp"

namespace faultlab::run {

struct Window {
  Value wall_ns = Missing{"the window never opened"};
  Value setup_ns = Missing{"the window never opened"};
  Value accesses = Missing{"the window never opened"};
  Value stores = Missing{"the window never opened"};
  Value syncs = Missing{"the window never opened"};
  Value sync_ns = Missing{"the window never opened"};
  Account account = {};  // of an engine that keeps one
  Value late =
      Missing{"the window never opened"};  // of an open loop: accesses that were due before they began
  Value idle_ns = Missing{"the window never opened"};  // of the workers, summed
  Value events = Missing{"the window never opened"};   // of a scenario
};

}  // namespace faultlab::run
