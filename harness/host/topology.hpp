// hwloc: which core a worker runs on, and where its memory lies.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "config/experiment.hpp"

namespace faultlab::host {

class Topology {
 public:
  static Result<Topology> load();
  Topology(Topology&&) noexcept;
  Topology& operator=(Topology&&) noexcept;
  ~Topology();

  unsigned cores() const;
  unsigned processing_units() const;
  // Binds the calling thread, and the memory that it will allocate, for worker `index` of a trial:
  // compact fills cores in order (one thread a core before the second hardware thread), scatter
  // spreads over packages and NUMA nodes. Returns the OS index of the processing unit chosen.
  // More workers than units wrap around.
  Result<unsigned> bind_worker(unsigned index, config::Binding binding) const;
  // Binds the calling thread to a unit that the first `workers` workers leave free, when there is
  // one: the parent must not take time from the trial. The OS index, or an error with the reason.
  Result<unsigned> bind_observer(unsigned workers, config::Binding binding) const;
  Result<> export_xml(const std::string& path) const;

 private:
  struct State;
  explicit Topology(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace faultlab::host
