// One act in a fresh process: this program executed again, its event prepared, timed and verified.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "catalogue/scenario_spec.hpp"

namespace faultlab::micro {

// What one act took. Of a bare loop nothing is verified; what classic tools do beside is in the last two.
struct Timed {
  std::uint64_t ns = 0;
  std::uint64_t events = 0;
  std::uint64_t event_pages = 0;  // 0: events are not whole pages
  std::int64_t minor = 0;
  std::int64_t major = 0;
  std::int64_t cpu_ns = 0;     // of the same stretch: other programs disturb it less than the clock
  std::uint64_t tool_ns = 0;   // what the tool would take for the time; 0: there is none
  std::uint64_t first_ns = 0;  // the same of the round before, which the tool averages away; 0: none
};

// "scenario/NAME" or "bare/NAME". An error is what this host cannot do, or an event that was another one.
Result<Timed> time_in_fresh_process(const std::string& act, const Ground& ground);

// The hidden command-line word of that process, and what it does: its exit status.
inline constexpr const char* kOneWord = "one";
int be_the_process();

}  // namespace faultlab::micro
