// Probe `own_memory`: what the trial's processes hold beside the dataset, /proc/PID/status (proc(5)).
#include "host/text.hpp"
#include "os/file.hpp"
#include "probe/counters.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

constexpr const char* kMemory = "process_anonymous_bytes";
constexpr std::string_view kField = "RssAnon:";
constexpr std::int64_t kUnit = 1024;  // the field says kB and means KiB

Value anonymous_in(const std::string& path) {
  const auto text = os::read_text(path);
  if (!text) return Missing{text.error().what};
  const auto at = text->find(kField);
  if (at == std::string::npos) return Missing{path + " has no RssAnon: the kernel is older than Linux 4.5"};
  const auto words = host::words_of(std::string_view(*text).substr(at + kField.size()));
  const auto number = words.empty() ? std::nullopt : host::to_number(words.front());
  if (!number) return Missing{path + " has an unknown form"};
  return Value(static_cast<std::int64_t>(*number) * kUnit);
}

Counters read_own_memory(const std::string& path) {
  return {{kMemory, anonymous_in(path), Counter::Kind::gauge}};
}

}  // namespace

extern const ProbeSpec own_memory_probe;
const ProbeSpec own_memory_probe = {
    {.name = "own_memory",
     .summary =
         "/proc/PID/status: anonymous memory of the trial's processes, which is all that they hold beside a "
         "file's pages"},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_counter_probe("own_memory", Sampled::yes,
                                [target] { return of_processes(target, "status", read_own_memory); });
    }};

}  // namespace faultlab
