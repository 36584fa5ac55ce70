// Probe `io`: /proc/PID/io, what the trial itself made the storage layer fetch (proc(5)).
#include <algorithm>

#include "os/file.hpp"
#include "probe/counters.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

constexpr Need kIoNeeds[] = {Need::task_io};

Counters read_io(const std::string& path) {
  auto text = os::read_text(path);
  // "read_bytes: 4096" becomes "read_bytes 4096".
  if (text) text->erase(std::remove(text->begin(), text->end(), ':'), text->end());
  const NamedCounts rows = text ? parse_named_counts(*text) : NamedCounts{};
  const auto sum = [&](std::initializer_list<std::string_view> names) {
    return text ? sum_of(rows, names, path) : Value(Missing{text.error().what});
  };
  return {{"device_read_bytes", sum({"read_bytes"})},
          {"device_written_bytes", sum({"write_bytes"})},
          {"file_syscalls", sum({"syscr", "syscw"})}};
}

}  // namespace

extern const ProbeSpec io_probe;
const ProbeSpec io_probe = {
    {.name = "io",
     .summary = "/proc/PID/io: bytes that the trial fetched from the device, read-ahead included",
     .needs = kIoNeeds},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_counter_probe("io", Sampled::yes, [target] { return of_processes(target, "io", read_io); });
    }};

}  // namespace faultlab
