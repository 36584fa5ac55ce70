// Probe `interrupts`: /proc/interrupts, the calls that made other CPUs forget translations (proc(5)).
#include <sstream>

#include "os/file.hpp"
#include "probe/counters.hpp"

namespace faultlab {
namespace {

constexpr std::string_view kMetric = "tlb_shootdowns";

// "TLB:       3550       2811   TLB shootdowns": a column per online CPU, then words.
Value sum_of_cpus(const std::string& row) {
  std::istringstream columns(row.substr(row.find(':') + 1));
  std::int64_t sum = 0;
  bool any = false;
  for (std::int64_t count = 0; columns >> count; any = true) sum += count;
  return any ? Value(sum) : Value(Missing{"the row TLB of /proc/interrupts has no counts"});
}

Counters read_interrupts(const std::string& root) {
  const auto text = os::read_text(root + "/proc/interrupts");
  if (!text) return {{kMetric, Missing{text.error().what}}};
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    if (words >> name && name == "TLB:") {
      return {{kMetric, sum_of_cpus(line), Counter::Kind::counter, std::nullopt,
               "the whole host's; one for each CPU that was interrupted"}};
    }
  }
  // x86 alone counts them, and only where it sends interrupts for them (arch/x86/kernel/irq.c).
  return {{kMetric, Missing{"/proc/interrupts has no row TLB on this machine"}}};
}

}  // namespace

extern const ProbeSpec interrupts_probe;
const ProbeSpec interrupts_probe = {
    {.name = "interrupts", .summary = "/proc/interrupts: TLB shootdowns, of the whole host"},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_counter_probe("interrupts", Sampled::yes,
                                [root = target.root] { return read_interrupts(root); });
    }};

}  // namespace faultlab
