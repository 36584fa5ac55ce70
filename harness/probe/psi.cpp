// Probe `psi`: pressure stall information for memory (Documentation/accounting/psi.rst).
#include <charconv>

#include "host/cgroup.hpp"
#include "os/file.hpp"
#include "probe/counters.hpp"

namespace faultlab {
namespace {

constexpr Need kPsiNeeds[] = {Need::psi};

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=57123": the total is in microseconds.
Value total_ns(const Result<std::string>& text, std::string_view row) {
  if (!text) return Missing{text.error().what};
  const auto line = text->find(row);
  const auto total = line == std::string::npos ? line : text->find("total=", line);
  if (total == std::string::npos) return Missing{"PSI has no row " + std::string(row)};
  std::int64_t microseconds = 0;
  std::from_chars(text->data() + total + 6, text->data() + text->size(), microseconds);
  return microseconds * 1000;
}

Counters read_psi(const std::string& path, const std::string& note) {
  const auto text = os::read_text(path);
  const auto counter = Counter::Kind::counter;
  return {{"psi_some_ns", total_ns(text, "some "), counter, std::nullopt, note},
          {"psi_full_ns", total_ns(text, "full "), counter, std::nullopt, note}};
}

}  // namespace

extern const ProbeSpec psi_probe;
const ProbeSpec psi_probe = {
    {.name = "psi",
     .summary = "time lost to memory pressure: of the trial's cgroup on v2, of the whole host on v1",
     .needs = kPsiNeeds},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      const bool own = target.cgroup != nullptr && target.cgroup->version() == 2;
      const std::string path =
          own ? target.cgroup->path() + "/memory.pressure" : target.root + "/proc/pressure/memory";
      const std::string note = own ? "" : "the whole host's";
      return make_counter_probe("psi", Sampled::yes, [path, note] { return read_psi(path, note); });
    }};

}  // namespace faultlab
