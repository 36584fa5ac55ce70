// The neighbour's own process: started by the pressure `antagonist` as this program executed again.
#pragma once

#include <atomic>
#include <cstdint>

namespace faultlab {

// Shared with the parent; survives a kill.
struct AntagonistPage {
  std::atomic<std::uint32_t> go;        // set by the parent as the window opens
  std::atomic<std::uint64_t> accesses;  // pages stored into so far
};

// The hidden command-line word; size in bytes and pages per second follow it, the page is on kAntagonistFd.
inline constexpr const char* kAntagonistWord = "antagonist-worker";
inline constexpr int kAntagonistFd = 3;

// Works until it is killed; returns an exit status where it cannot begin.
int work_as_antagonist(std::uint64_t bytes, std::uint64_t pages_per_second);

}  // namespace faultlab
