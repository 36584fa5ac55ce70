// The process that holds locked memory for the pressure `balloon`: this program executed again.
#pragma once

#include <atomic>
#include <cstdint>

namespace faultlab {

// Shared with the parent; survives a kill.
struct BalloonPage {
  std::atomic<std::uint64_t> leave;     // set by the parent: bytes that shall stay available on the host
  std::atomic<std::uint64_t> left_for;  // the `leave` for which the balloon has its size; 0 before
  std::atomic<std::uint64_t> held;      // bytes locked
  std::atomic<std::uint64_t> lowest;    // bytes available at the worst moment that it gave some back; 0: none
  std::atomic<int> error;               // errno of mlock(2), where it failed
};

// The hidden command-line word; the page is on kBalloonFd.
inline constexpr const char* kBalloonWord = "balloon-worker";
inline constexpr int kBalloonFd = 3;

// Works until it is killed; returns an exit status where it cannot begin.
int work_as_balloon();

}  // namespace faultlab
