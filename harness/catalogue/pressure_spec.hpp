// Pressures: how memory is made scarce for a trial.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "catalogue/engine_spec.hpp"
#include "catalogue/row.hpp"
#include "measure/reading.hpp"

namespace faultlab {

class MemoryCgroup;  // host/cgroup.hpp
namespace host {
class Journal;  // host/journal.hpp
}

// Where a pressure acts: on the host, from the parent, or on the trial's own memory, in its process.
enum class PressureSide { host, trial };

struct PressureRequest {
  MemoryCgroup* cgroup = nullptr;  // null where the host gives us none
  Bytes dataset = {};
  bool swap_allowed = false;
  std::string data_folder = {};
  std::shared_ptr<host::Journal> journal = {};
  std::span<std::byte> memory = {};  // the trial's mapping; only on the trial's side
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
  // Before the child starts; on the trial's side, as the window opens. Undone by the cgroup's guard or by the
  // destructor.
  virtual Result<Achieved> apply(const PressureRequest& request, const Options& options) = 0;
  // Turns the dial while the window is open; the value that the kernel then has. Only where the row names
  // one.
  virtual Result<Bytes> dial(Bytes) { return fail("this pressure stands still"); }
  // As the window opens, and once it has closed: for pressures that act in between, in a thread of this
  // process, which runs outside of the trial's cgroup. The destructor ends what end() has not.
  virtual void begin() {}
  virtual void end() {}
  // What was done between the two; nothing for a pressure that only stands.
  virtual void report(Readings&) const {}
  // Why it did not press as it should have, after end(); empty where it did.
  virtual std::string shortfall() const { return {}; }
};

// Why a pressure means nothing to a trial, and what would.
struct Refusal {
  std::string what;
  std::string remedy;
};

struct PressureSpec {
  Row row;
  // The memory that these options leave to the trial, known before anything is changed.
  Bytes (*ceiling)(const Options& options);
  std::unique_ptr<Pressure> (*make)();
  // The option that a schedule may turn while the window is open; empty: none.
  std::string_view dial = {};
  PressureSide side = PressureSide::host;
  // True where everybody on the host is left no more than the ceiling.
  bool presses_host = false;
  // Null: it means something to every trial.
  std::optional<Refusal> (*refuses)(const Options& options, const EngineSpec& engine, Start start) = nullptr;
};

}  // namespace faultlab
