// Worker threads, from /proc/PID/task (proc(5)).
#include "probe/workers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <sstream>

#include "os/file.hpp"

namespace faultlab {

Result<std::vector<pid_t>> workers_of(pid_t process, const std::string& root) {
  const std::string folder = fmt::format("{}/proc/{}/task", root, process);
  std::vector<pid_t> found;
  for (const std::string& entry : os::folder_entries(folder)) {
    pid_t thread = 0;
    const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), thread);
    if (error == std::errc{} && end == entry.data() + entry.size() && thread != process) {
      found.push_back(thread);
    }
  }
  if (found.empty()) {
    return fail(folder + " shows no worker thread: a command's processes are not followed",
                "use an engine that accesses the dataset");
  }
  return found;
}

// "4921012 38211 17": ns on a CPU, ns runnable but waiting for one, time slices
// (Documentation/scheduler/sched-stats.rst). CONFIG_SCHED_INFO is enough for them.
Result<Scheduled> scheduled(pid_t process, const std::vector<pid_t>& threads, const std::string& root) {
  Scheduled sum;
  for (const pid_t thread : threads) {
    const auto path = fmt::format("{}/proc/{}/task/{}/schedstat", root, process, thread);
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

Missing missing_for(const Error& error) {
  return Missing{error.remedy.empty() ? error.what : error.what + "; " + error.remedy};
}

}  // namespace faultlab
