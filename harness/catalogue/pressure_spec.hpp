// Pressures: how memory is made scarce for a trial.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "catalogue/row.hpp"
#include "measure/reading.hpp"

namespace faultlab {

class MemoryCgroup;  // host/cgroup.hpp

struct PressureRequest {
  MemoryCgroup* cgroup = nullptr;  // null where the host gives us none
  Bytes dataset;
  bool swap_allowed = false;
};

// What the kernel says it has set, read back.
struct Achieved {
  std::string what;     // "limit"
  Bytes value;          // kNoLimit: none
  bool ceiling = true;  // false: no more than this is taken at a time; it is no limit of what the trial has
};

class Pressure {
 public:
  virtual ~Pressure() = default;
  // Before the child starts. Undone by the cgroup's guard or by the destructor.
  virtual Result<Achieved> apply(const PressureRequest& request, const Options& options) = 0;
  // As the window opens, and once it has closed: for pressures that act in between, in a thread of this
  // process, which runs outside of the trial's cgroup. The destructor ends what end() has not.
  virtual void begin() {}
  virtual void end() {}
  // What was done between the two; nothing for a pressure that only stands.
  virtual void report(Readings&) const {}
};

struct PressureSpec {
  Row row;
  // The memory that these options leave to the trial, known before anything is changed.
  Bytes (*ceiling)(const Options& options);
  std::unique_ptr<Pressure> (*make)();
};

}  // namespace faultlab
