// The progress page: locked memory shared by the parent and the trial's threads. It survives a
// SIGKILL of the trial, and reading it costs the trial no wake-up.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace faultlab {

enum class Phase : std::uint32_t { starting, preparing, ready, running, done };
constexpr std::string_view to_string(Phase phase) {
  constexpr std::array<std::string_view, 5> names = {"starting", "preparing", "ready", "running", "done"};
  return names[static_cast<std::size_t>(phase)];
}

inline constexpr unsigned kMaxWorkers = 256;

// One cache line a worker, so that counting never makes two cores share one.
struct alignas(64) WorkerProgress {
  std::atomic<std::uint64_t> accesses;
  std::atomic<pid_t>
      process;  // its, and the thread's own id, so that others can watch it; 0 until it is there
  std::atomic<pid_t> thread;
};

struct ProgressPage {
  std::atomic<Phase> phase;
  std::atomic<std::uint32_t> stop;          // set by the parent or by the first worker to fail
  std::atomic<std::uint64_t> window_begin;  // CLOCK_MONOTONIC ns; 0 until the window opens
  std::atomic<std::uint64_t> window_end;
  std::atomic<std::uint32_t> unreadable;         // 1 once an access to the mapped dataset has ended in SIGBUS
  std::atomic<std::uint64_t> unreadable_offset;  // where, in bytes from the dataset's beginning
  std::array<WorkerProgress, kMaxWorkers> workers;

  std::uint64_t total_accesses() const {
    std::uint64_t total = 0;
    for (const auto& worker : workers) total += worker.accesses.load(std::memory_order_relaxed);
    return total;
  }
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "shared between processes");

}  // namespace faultlab
