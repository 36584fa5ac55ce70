// A run: every trial of an experiment, in the plan's order, into a run folder.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalogue/catalogue.hpp"
#include "config/experiment.hpp"
#include "host/cgroup.hpp"
#include "host/journal.hpp"
#include "plan/plan.hpp"
#include "record/record.hpp"
#include "run/places.hpp"

namespace faultlab::run {

struct Request {
  const config::Experiment* experiment = nullptr;
  const Catalogue* catalogue = nullptr;
  std::string results;      // the folder that run folders are made in
  std::string data;         // the folder that datasets are made in
  std::string source_root;  // of the project, for provenance; may be empty
  std::string bin;          // the folder of this program
  std::string resume;       // a run folder to go on with; empty: a new run
};

// What the terminal shows while a run is under way. Every callback may be empty.
struct Observer {
  std::function<void(const std::string& sentence)> note;
  std::function<void(std::size_t planned, std::size_t finished_before)> begin;
  std::function<void(const record::Record& record, std::size_t finished, std::size_t planned)> trial;
};

struct Summary {
  std::string folder = {};  // empty: interrupted before the first trial
  std::size_t planned = 0;
  std::size_t ok = 0;      // of the trials run now
  std::size_t not_ok = 0;  // OOM kills, time-outs and failures of the trials run now
  bool interrupted = false;
};

// Something that this host lacks for the experiment; the run does not start.
struct Unmet {
  std::string what;  // "pressure memcg_limit"
  host::Lack lack;
};
std::vector<Unmet> unmet_requirements(const config::Experiment& experiment, const Catalogue& catalogue,
                                      const Places& places);
// What the experiment needs of any host: of its engines, media, swap areas, sinks and pressures, and whether
// it changes settings of the kernel.
struct Requirements {
  std::set<Need> needs;
  bool knobs = false;
};
Requirements requirements(const config::Experiment& experiment, const Catalogue& catalogue);

// Probes that this host lacks something for. The run goes on: their readings are missing, with the reason.
std::vector<Unmet> unmet_probes(const config::Experiment& experiment, const Catalogue& catalogue);

// Every change that the run would make to the host, in words, for `faultlab plan`.
std::vector<std::string> host_changes(const config::Experiment& experiment, const Catalogue& catalogue,
                                      const Places& places);

// The whole flow. Errors are of the host or the disk: a trial's own trouble is an outcome in its
// record. On SIGINT, SIGTERM and SIGHUP the host is restored and the summary says `interrupted`.
Result<Summary> run(const Request& request, const Observer& observer);

}  // namespace faultlab::run
