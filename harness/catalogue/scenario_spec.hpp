// Scenarios: one kernel event each, with its set-up and the counts that it must give. The same
// scenario is counted by `faultlab calibrate` and timed by the price list.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/units.hpp"
#include "catalogue/row.hpp"

namespace faultlab {

// Both ends belong to it. A fixed count has least == most.
struct Range {
  std::int64_t least = 0;
  std::int64_t most = 0;

  constexpr Range() = default;
  constexpr Range(std::int64_t exactly) : least(exactly), most(exactly) {}  // NOLINT: a count is a range
  constexpr Range(std::int64_t from, std::int64_t to) : least(from), most(to) {}
  constexpr bool fixed() const { return least == most; }
  constexpr bool contains(std::int64_t count) const { return least <= count && count <= most; }
  constexpr bool operator==(const Range&) const = default;
  friend constexpr Range operator+(Range a, Range b) { return {a.least + b.least, a.most + b.most}; }
  friend constexpr Range operator-(Range a, Range b) { return {a.least - b.most, a.most - b.least}; }
};

// What the kernel will do, as events; run/reconcile turns it into what each source must say of them.
struct Forecast {
  Range minor = {};         // faults that end as minor in the task's account
  Range major = {};         // ... as major
  Range misses = {};        // of all, those that found the page in neither memory nor flight (pgmajfault)
  Range direct_minor = {};  // of `minor`, those that the kernel makes without a trap (get_user_pages)
  Range direct_major = {};  // of `major`, likewise
  Range kernel_minor = {};  // of `minor`, those that trap in kernel mode (copies from and to user memory)
  Range kernel_major = {};
  Range failed = {};          // traps that end in a signal or an error: no task's account has them
  Range failed_counted = {};  // of these, those that pgfault counts all the same (SIGBUS)
  Range failed_kernel = {};   // ... and those that trap in kernel mode (EFAULT)
  Range failed_copies = {};  // traps in kernel mode with page faults disabled: the tracepoint alone sees them
  // Pages, by who kept them. Judged where `swaps`; elsewhere nothing is said of them.
  bool swaps = false;
  Range device_out = {};  // written to a swap device, zram among them
  Range device_in = {};   // read from one
  Range zswap_out = {};   // kept by zswap in front of it
  Range zswap_in = {};
  Range zero_out = {};  // of zeros, which are only remembered to be so
  Range zero_in = {};
  std::string rule = {};  // why: one sentence, with the kernel file or the setting that it follows from
};

// What predictions depend on and a program must find out; nothing of it is assumed.
struct Ground {
  std::string folder;       // for files of the scenario; on the medium under test
  std::uint64_t pages = 0;  // how many pages the scenario is about; a multiple of 512
  std::uint64_t seed = 0;
};

class Scenario {
 public:
  virtual ~Scenario() = default;
  // Everything up to the event, outside the counted window: files made, mappings set, pages brought
  // into the state that the scenario is about, and that state verified.
  // An error with code EOPNOTSUPP, EPERM or EACCES means that this host cannot do it, or not for this user;
  // others are failures.
  virtual Result<> prepare(const Ground& ground) = 0;
  // After prepare, before act: so that it can look at what stands (folio sizes, settings).
  virtual Result<Forecast> forecast() = 0;
  // The event. Nothing else faults in here: no allocation, no first call of a library function.
  virtual Result<> act() noexcept = 0;
  // How many kernel events one act holds, for a price per event. After act.
  virtual std::uint64_t events() const = 0;
  // How many pages of 4 KiB one event is about, for a price per page and per byte. 0: an event is not whole
  // pages (a signal, a wait), or not every event is as many.
  virtual std::uint64_t event_pages() const { return 1; }
  // After the window: that the event was what it should be (bytes seen, pages resident). Empty: it was.
  virtual std::string verify() { return {}; }
};

// A kernel setting that must stand while the scenario runs: set before its process starts, put back after.
struct KnobSetting {
  std::string_view knob;  // a row of knob_spec.hpp
  std::string_view value;
  bool or_more = false;  // a larger number that stands there already will do
};

struct ScenarioSpec {
  Row row;     // `needs` name what the host must have; the row stays listed without it
  bool fixed;  // false: depends on asynchronous read-ahead or on a race, and the forecast is a range
  std::unique_ptr<Scenario> (*make)();
  std::span<const KnobSetting> knobs = {};
  std::string_view swap = {};  // a row of swap_spec.hpp: an area of that kind stands while it runs
};

}  // namespace faultlab
