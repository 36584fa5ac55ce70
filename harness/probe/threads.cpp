// Threads by /proc/PID/task (proc(5)).
#include "probe/threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "os/file.hpp"

namespace faultlab {

Result<std::vector<pid_t>> threads_of(const ProbeTarget& target) {
  if (!target.root.empty()) return fail("perf events see live threads only, and the tree is captured");
  const std::string folder = fmt::format("/proc/{}/task", target.pid);
  std::vector<pid_t> threads;
  for (const std::string& name : os::folder_entries(folder)) {
    pid_t thread = 0;
    std::from_chars(name.data(), name.data() + name.size(), thread);
    threads.push_back(thread);
  }
  if (threads.empty()) return fail(folder + " names no thread: the process has ended");
  std::sort(threads.begin(), threads.end());
  return threads;
}

std::string reason_of(const Error& error) {
  return error.remedy.empty() ? error.what : error.what + " (" + error.remedy + ")";
}

}  // namespace faultlab
