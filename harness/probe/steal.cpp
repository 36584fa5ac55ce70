// Probe `steal`: CPU time that the hypervisor gave to others, from /proc/stat (proc(5)).
#include <unistd.h>

#include <sstream>

#include "os/file.hpp"
#include "probe/counters.hpp"

namespace faultlab {
namespace {

Counters no_steal(const Missing& why) { return {{"steal_ns", why}, {"busy_ns", why}, {"softirq_ns", why}}; }

Counters read_steal(const std::string& root) {
  const auto text = os::read_text(root + "/proc/stat");
  if (!text) return no_steal({text.error().what});
  // "cpu user nice system idle iowait irq softirq steal ...", in clock ticks.
  std::istringstream line(*text);
  std::string name;
  std::int64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  line >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  const Missing no_column{"/proc/stat has no steal column"};
  if (!line) return no_steal(no_column);
  const std::int64_t tick_ns = 1'000'000'000LL / ::sysconf(_SC_CLK_TCK);
  const std::int64_t busy = user + nice + system + irq + softirq + steal;
  return {{"steal_ns", steal * tick_ns, Counter::Kind::counter, tick_ns},
          {"busy_ns", busy * tick_ns, Counter::Kind::counter, 6 * tick_ns},
          {"softirq_ns", softirq * tick_ns, Counter::Kind::counter, tick_ns}};
}

}  // namespace

extern const ProbeSpec steal_probe;
const ProbeSpec steal_probe = {
    {.name = "steal", .summary = "/proc/stat: CPU time taken by the hypervisor, all CPUs together"},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_counter_probe("steal", Sampled::no, [root = target.root] { return read_steal(root); });
    }};

}  // namespace faultlab
