// Threads by /proc/PID/task (proc(5)), workers by their own word.
#include "probe/threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

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

Result<std::vector<pid_t>> workers_of(const ProbeTarget& target) {
  std::vector<pid_t> workers;
  if (target.progress != nullptr) {
    for (const WorkerProgress& worker : target.progress->workers) {
      if (const pid_t thread = worker.thread.load()) workers.push_back(thread);
    }
  }
  if (workers.empty()) {
    return fail("the trial has no worker thread: a command's processes are not followed",
                "use an engine that accesses the dataset");
  }
  return workers;
}

// "4921012 38211 17": ns on a CPU, ns runnable but waiting for one, time slices
// (Documentation/scheduler/sched-stats.rst). CONFIG_SCHED_INFO is enough for them.
Result<Scheduled> scheduled(const ProbeTarget& target, const std::vector<pid_t>& threads) {
  Scheduled sum;
  for (const pid_t thread : threads) {
    const auto path = fmt::format("{}/proc/{}/task/{}/schedstat", target.root, target.pid, thread);
    auto text = os::read_text(path);
    if (!text) {
      text.error().remedy = "use a kernel with CONFIG_SCHED_INFO";
      return propagate(std::move(text));
    }
    std::istringstream line(*text);
    std::int64_t run = 0;
    std::int64_t wait = 0;
    if (!(line >> run >> wait)) return fail(path + " has an unknown form");
    sum.cpu_ns += run;
    sum.runqueue_ns += wait;
  }
  return sum;
}

std::string reason_of(const Error& error) {
  return error.remedy.empty() ? error.what : error.what + " (" + error.remedy + ")";
}

}  // namespace faultlab
