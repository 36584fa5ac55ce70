// Probe `task_stat`: /proc/PID/stat of the trial, read from outside (proc(5)).
#include <unistd.h>

#include <sstream>

#include "os/file.hpp"
#include "probe/counters.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

// Fields after the command's closing parenthesis, numbered as in proc(5): state is field 3.
constexpr std::size_t kFirstField = 3;

Counters no_task_stat(const std::string& why) {
  return {{"minor_faults", Missing{why}},
          {"major_faults", Missing{why}},
          {"user_ns", Missing{why}},
          {"system_ns", Missing{why}}};
}

Counters read_task_stat(const std::string& path) {
  const auto text = os::read_text(path);
  if (!text) return no_task_stat(text.error().what);
  const auto end_of_name = text->rfind(')');
  if (end_of_name == std::string::npos) return no_task_stat(path + " has an unknown form");
  std::istringstream rest(text->substr(end_of_name + 1));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  if (fields.size() < 15) return no_task_stat(path + " has an unknown form");
  const auto field = [&](std::size_t n) { return std::int64_t{std::stoll(fields[n - kFirstField])}; };
  const std::int64_t tick_ns = 1'000'000'000LL / ::sysconf(_SC_CLK_TCK);
  return {{"minor_faults", field(10) + field(11)},
          {"major_faults", field(12) + field(13)},
          {"user_ns", (field(14) + field(16)) * tick_ns, Counter::Kind::counter, tick_ns},
          {"system_ns", (field(15) + field(17)) * tick_ns, Counter::Kind::counter, tick_ns}};
}

}  // namespace

extern const ProbeSpec task_stat_probe;
const ProbeSpec task_stat_probe = {
    {.name = "task_stat", .summary = "/proc/PID/stat: faults and CPU time of the trial, from outside"},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_counter_probe("task_stat", Sampled::yes,
                                [target] { return of_processes(target, "stat", read_task_stat); });
    }};

}  // namespace faultlab
