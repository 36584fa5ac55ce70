// The parent's side of a trial: guards, child, budgets, counters from outside, record.
#pragma once

#include <memory>
#include <string>

#include "catalogue/catalogue.hpp"
#include "config/experiment.hpp"
#include "host/cgroup.hpp"
#include "host/guardian.hpp"
#include "host/journal.hpp"
#include "host/topology.hpp"
#include "os/signal_gate.hpp"
#include "plan/plan.hpp"
#include "record/record.hpp"
#include "record/run_folder.hpp"
#include "run/media.hpp"
#include "run/places.hpp"

namespace faultlab::run {

// What all trials of a run share.
struct Stage {
  const Catalogue& catalogue;
  const Media& media;
  std::shared_ptr<host::Journal> journal;
  tl::expected<host::CgroupHome, host::Lack> home;
  os::SignalGate& gate;
  const host::Topology& topology;
  std::string data_folder;
  Places places;
  std::string background_reclaimer;  // empty: none runs
  bool emulated;
  host::Guardian& guardian;  // takes back what this process has changed, where it is killed
};

// The reason of a trial that a signal to this program ended.
inline constexpr const char* kStopped = "the user stopped the run";

// Runs one trial in a fresh process. Whatever goes wrong is an outcome of the record; the host is as
// it was when this returns.
record::Record supervise(const Stage& stage, const config::Experiment& experiment,
                         const plan::PlannedTrial& planned, const record::RunFolder& folder);

}  // namespace faultlab::run
