// The owner of a child process: started in a given cgroup, waited for through a pidfd, killed when dropped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

struct SpawnRequest {
  std::string program;                                // a path, or a name searched in PATH
  std::vector<std::string> arguments;                 // argv, the program's name first
  std::vector<std::pair<int, int>> descriptors = {};  // ours -> the child's number; nothing else is inherited
  int cgroup_entrance = -1;          // cgroup.procs opened for writing: entered before exec, so that the
                                     // child's first allocation is already charged there
  std::optional<unsigned> cpu = {};  // bound to it before exec: the new memory is never seen on another
  bool dies_with_parent = true;      // PR_SET_PDEATHSIG = SIGKILL
  bool own_group = true;             // a terminal's Ctrl-C then reaches the parent alone
};

struct Exit {
  bool signalled = false;
  int code = 0;  // exit status, or the signal's number
};

class Child {
 public:
  static Result<Child> spawn(const SpawnRequest& request);
  Child(Child&& other) noexcept = default;
  Child& operator=(Child&&) = delete;
  ~Child();

  pid_t pid() const { return pid_.value; }
  const Fd& pidfd() const { return pidfd_; }  // readable once the child has ended
  Result<Exit> wait();                        // blocks; the same answer again on later calls
  void kill();
  // With everything that it has started and that has stayed in its group. Only for one with a group of its
  // own.
  void kill_group();
  void interrupt();  // SIGINT

 private:
  // Zero once moved from, so that only one owner reaps.
  struct Pid {
    pid_t value = 0;
    Pid() = default;
    explicit Pid(pid_t v) : value(v) {}
    Pid(Pid&& other) noexcept : value(std::exchange(other.value, 0)) {}
  };
  Child(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  Pid pid_;
  Fd pidfd_;
  std::optional<Exit> exit_;
};

// Of the calling thread, as the kernel and /proc/PID/task number it.
pid_t thread_id();
// The calling thread stays on the CPU that it runs on.
Result<> stay_on_this_cpu();

// Calls `act` on every processor that this thread can be moved to, then lets it run where it ran before.
Result<> on_each_cpu(const std::function<Result<>()>& act);

// Runs a program to its end with our standard streams; its exit. An interrupt is passed on to it, and its end
// waited for: what it guards is put back by then.
Result<Exit> run_to_end(const std::vector<std::string>& command);

// This program's file, for finding what lies beside it; empty where /proc is not mounted.
std::string own_path();
// What to execute to start this very program again, also when its file has been replaced since.
inline constexpr const char* kOwnProgram = "/proc/self/exe";

}  // namespace faultlab::os
