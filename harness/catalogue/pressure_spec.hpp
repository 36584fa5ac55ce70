// Pressures: how memory is made scarce for a trial.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "catalogue/row.hpp"

namespace faultlab {

class MemoryCgroup;  // host/cgroup.hpp

struct PressureRequest {
  MemoryCgroup* cgroup = nullptr;  // null where the host gives us none
  Bytes dataset;
  bool swap_allowed = false;
};

// What the kernel says it has set, read back.
struct Achieved {
  std::string what;  // "limit"
  Bytes value;       // kNoLimit: none
};

class Pressure {
 public:
  virtual ~Pressure() = default;
  // Before the child starts. Undone by the cgroup's guard or by the destructor.
  virtual Result<Achieved> apply(const PressureRequest& request, const Options& options) = 0;
};

struct PressureSpec {
  Row row;
  // The memory that these options leave to the trial, known before anything is changed.
  Bytes (*ceiling)(const Options& options);
  std::unique_ptr<Pressure> (*make)();
};

}  // namespace faultlab
