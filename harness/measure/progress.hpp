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

// What the accesses of a process look at between one and the next; a line of its own, for it is read so
// often.
struct alignas(64) SessionEnd {
  std::atomic<std::uint32_t> over;
};

struct ProgressPage {
  std::atomic<Phase> phase;
  std::atomic<std::uint32_t> stop;          // set by the parent, for good
  std::atomic<std::uint64_t> window_begin;  // CLOCK_MONOTONIC ns; 0 until the window opens
  std::atomic<std::uint64_t> window_end;
  std::atomic<std::uint32_t> unreadable;         // 1 once an access to the mapped dataset has ended in SIGBUS
  std::atomic<std::uint64_t> unreadable_offset;  // where, in bytes from the dataset's beginning
  std::array<WorkerProgress, kMaxWorkers> workers;
  std::array<SessionEnd, kMaxWorkers> sessions;  // of each process of the trial

  // By the parent: the session that runs ends, and so does each that begins later.
  void ask_to_stop() {
    stop.store(1);
    for (SessionEnd& session : sessions) session.over.store(1);
  }
  // By the process itself. A wish that comes between the two lines is not lost: it sets the flag after this
  // has.
  void begin_session(unsigned process) {
    sessions[process].over.store(0);
    if (stop.load() != 0) sessions[process].over.store(1);
  }

  std::uint64_t total_accesses() const {
    std::uint64_t total = 0;
    for (const auto& worker : workers) total += worker.accesses.load(std::memory_order_relaxed);
    return total;
  }
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "shared between processes");

}  // namespace faultlab
