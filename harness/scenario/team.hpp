// Threads that stand ready before a window and meet at a line inside it, without a system call that
// could fault.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace faultlab::scenario {

class Team {
 public:
  // `task` is called in every thread at each run; it gets the thread's number.
  using Task = void (*)(void* state, unsigned index, Team& team);

  Team(unsigned size, Task task, void* state);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  unsigned size() const { return static_cast<unsigned>(threads_.size()); }
  // Runs the task in all threads and waits for the last one.
  void run();
  // Within a task: returns when all threads have called it as often as this one.
  void meet(std::uint64_t& times);

 private:
  void live(unsigned index);

  Task task_;
  void* state_;
  unsigned members_;
  std::atomic<std::uint64_t> rounds_{0};
  std::atomic<std::uint64_t> finished_{0};
  std::atomic<std::uint64_t> arrivals_{0};
  std::atomic<bool> leave_{false};
  std::vector<std::thread> threads_;
};

}  // namespace faultlab::scenario
