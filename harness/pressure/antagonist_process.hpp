// The neighbour's own process: started by the pressure `antagonist` as this program executed again.
#pragma once

#include <atomic>
#include <cstdint>

namespace faultlab {

// Shared with the parent; survives a kill.
struct AntagonistPage {
  std::atomic<std::uint32_t> go;        // set by the parent as the window opens
  std::atomic<std::uint64_t> accesses;  // pages stored into, or read, so far
};

// The hidden command-line word; size in bytes, pages per second and what it touches follow it. The page is on
// kAntagonistFd, the file that it may scan on kAntagonistFileFd.
inline constexpr const char* kAntagonistWord = "antagonist-worker";
inline constexpr int kAntagonistFd = 3;
inline constexpr int kAntagonistFileFd = 4;

// Works until it is killed; returns an exit status where it cannot begin.
int work_as_antagonist(std::uint64_t bytes, std::uint64_t pages_per_second, bool scans_file);

}  // namespace faultlab
