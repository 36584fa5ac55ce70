// Threads by /proc/PID/task (proc(5)), workers by their own word.
#include "probe/threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "os/file.hpp"

namespace faultlab {

std::vector<pid_t> processes_of(const ProbeTarget& target) {
  std::vector<pid_t> processes = {target.pid};
  if (target.progress == nullptr) return processes;
  for (const WorkerProgress& worker : target.progress->workers) {
    const pid_t process = worker.process.load();
    const bool known = std::find(processes.begin(), processes.end(), process) != processes.end();
    if (process != 0 && !known) processes.push_back(process);
  }
  return processes;
}

Result<std::vector<pid_t>> threads_of(const ProbeTarget& target) {
  if (!target.root.empty()) return fail("perf events see live threads only, and the tree is captured");
  std::vector<pid_t> threads;
  for (const pid_t process : processes_of(target)) {
    const std::string folder = fmt::format("/proc/{}/task", process);
    const std::vector<std::string> names = os::folder_entries(folder);
    if (names.empty()) return fail(folder + " names no thread: the process has ended");
    const std::size_t first = threads.size();
    for (const std::string& name : names) {
      pid_t thread = 0;
      std::from_chars(name.data(), name.data() + name.size(), thread);
      threads.push_back(thread);
    }
    std::sort(threads.begin() + static_cast<std::ptrdiff_t>(first), threads.end());
  }
  return threads;
}

Result<std::vector<Worker>> workers_of(const ProbeTarget& target) {
  std::vector<Worker> workers;
  if (target.progress != nullptr) {
    for (const WorkerProgress& worker : target.progress->workers) {
      const pid_t thread = worker.thread.load();
      if (thread != 0) workers.push_back({worker.process.load(), thread});
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
Result<Scheduled> scheduled(const ProbeTarget& target, const std::vector<Worker>& workers) {
  Scheduled sum;
  for (const Worker& worker : workers) {
    const auto path = fmt::format("{}/proc/{}/task/{}/schedstat", target.root, worker.process, worker.thread);
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

Counters of_processes(const ProbeTarget& target, std::string_view name,
                      Counters (*read)(const std::string& path)) {
  std::vector<Counters> each;
  for (const pid_t process : processes_of(target)) {
    each.push_back(read(fmt::format("{}/proc/{}/{}", target.root, process, name)));
  }
  return sum_of(each);
}

std::string reason_of(const Error& error) {
  return error.remedy.empty() ? error.what : error.what + " (" + error.remedy + ")";
}

}  // namespace faultlab
