// Delay accounting of one thread, asked for over generic netlink (Documentation/accounting/taskstats.rst).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

// What a thread has waited for since it was made; nanoseconds, and how often.
struct TaskDelays {
  std::uint64_t cpu_count = 0, cpu_ns = 0;              // runnable, on a run queue
  std::uint64_t io_count = 0, io_ns = 0;                // a block device, page faults and swap included
  std::uint64_t swapin_count = 0, swapin_ns = 0;        // within io: a swapped page
  std::uint64_t reclaim_count = 0, reclaim_ns = 0;      // freeing memory itself, waits included
  std::uint64_t thrashing_count = 0, thrashing_ns = 0;  // within io: a page that was evicted a moment ago
};

class Taskstats {
 public:
  // Looks up the kernel's "TASKSTATS" family. The remedy says what a refusal needs.
  static Result<Taskstats> open();
  Result<TaskDelays> of_thread(pid_t thread) const;

 private:
  Taskstats(Fd socket, std::uint16_t family) : socket_(std::move(socket)), family_(family) {}
  Fd socket_;
  std::uint16_t family_;
};

// One reply, as the kernel sends it: from the netlink header to the end of the last attribute. Reads no
// further than the kernel's struct goes, whatever this program was built with.
Result<TaskDelays> parse_taskstats(std::string_view reply);

}  // namespace faultlab::os
