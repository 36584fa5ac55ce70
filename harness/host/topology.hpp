// hwloc: which core a worker runs on, and where its memory lies.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "config/experiment.hpp"

namespace faultlab::host {

class Topology {
 public:
  // This machine, or the one that `synthetic` describes ("pack:2 core:2 pu:2"): for tests of the order;
  // nothing can be bound there.
  static Result<Topology> load(const std::string& synthetic = "");
  Topology(Topology&&) noexcept;
  Topology& operator=(Topology&&) noexcept;
  ~Topology();

  unsigned cores() const;
  unsigned processing_units() const;
  // Binds the calling thread, and the memory that it will allocate, for worker `index` of a trial:
  // compact fills cores in order (one thread a core before the second hardware thread), scatter
  // spreads over packages and NUMA nodes. Returns the OS index of the processing unit chosen.
  // More workers than units wrap around. `none` lifts an inherited binding and returns the unit in use.
  Result<unsigned> bind_worker(unsigned index, config::Binding binding) const;
  // Binds the calling thread to a unit that the first `workers` workers leave free, when there is
  // one: the parent must not take time from the trial. The OS index, or an error with the reason.
  Result<unsigned> bind_observer(unsigned workers, config::Binding binding) const;
  // The choices that these two make, without binding anything. Nothing: no unit is free.
  unsigned unit_of_worker(unsigned index, config::Binding binding) const;
  std::optional<unsigned> unit_of_observer(unsigned workers, config::Binding binding) const;
  // Where a process starts whose first worker is `index`, so that it never runs elsewhere (docs/adr/0013);
  // nothing where workers are not bound.
  std::optional<unsigned> unit_of_process(unsigned index, config::Binding binding) const;

  Result<> export_xml(const std::string& path) const;

 private:
  struct State;
  explicit Topology(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace faultlab::host
