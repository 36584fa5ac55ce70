// Every source that counts this process's page faults, read at both ends of a window without faulting.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "run/reconcile.hpp"

namespace faultlab::run {

// What cannot be opened becomes a missing count with the reason and the remedy.
class FaultSources {
 public:
  FaultSources();
  ~FaultSources();
  FaultSources(const FaultSources&) = delete;
  FaultSources& operator=(const FaultSources&) = delete;

  // Perf events are inherited only by threads and processes that are made after them: before prepare.
  void open_events();
  // Files of /proc name the process that opens them: after prepare, which may fork. `memory_stat` is
  // the file of the cgroup; empty where there is none, with the reason. `top_memory_stat` is that of the
  // highest cgroup in sight, which counts everybody below it, also faults without a trap.
  void open_files(const std::string& memory_stat, const std::string& why_no_cgroup,
                  const std::string& top_memory_stat);

  // The window lies between them; neither allocates.
  void begin() { read_all(Edge::begin); }
  void end() { read_all(Edge::end); }
  Counts counts() const;

 private:
  // Host-wide events are read on both sides of the file that they are compared with: there the four
  // moments differ, elsewhere only the first and the last matter.
  enum class Moment { begin_outer, begin_inner, end_inner, end_outer };
  enum class Edge { begin, end };
  class EventCount;
  class TextFile;
  struct State;
  void read_all(Edge edge);
  std::unique_ptr<State> state_;
};

}  // namespace faultlab::run
