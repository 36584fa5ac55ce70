// Probe `disk`: /proc/diskstats of the device that holds the dataset. Other processes are in it.
#include <sstream>

#include "host/facts.hpp"
#include "os/file.hpp"
#include "probe/counters.hpp"

namespace faultlab {
namespace {

// Sectors of /proc/diskstats are 512 bytes on every device (Documentation/admin-guide/iostats.rst).
constexpr std::int64_t kSectorBytes = 512;

Counters both_missing(const std::string& why) {
  return {{"device_read_bytes", Missing{why}}, {"device_written_bytes", Missing{why}}};
}

Counters read_disk(const std::string& root, const Result<host::Device>& device) {
  if (!device) return both_missing(device.error().what);
  const auto text = os::read_text(root + "/proc/diskstats");
  if (!text) return both_missing(text.error().what);
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string major, minor, name;
    std::int64_t reads = 0, reads_merged = 0, sectors_read = 0, read_ms = 0, writes = 0, writes_merged = 0,
                 sectors_written = 0;
    fields >> major >> minor >> name >> reads >> reads_merged >> sectors_read >> read_ms >> writes >>
        writes_merged >> sectors_written;
    if (!fields || name != device->name) continue;
    const std::string note = "all processes' traffic on " + name;
    const auto counter = Counter::Kind::counter;
    return {{"device_read_bytes", sectors_read * kSectorBytes, counter, std::nullopt, note},
            {"device_written_bytes", sectors_written * kSectorBytes, counter, std::nullopt, note}};
  }
  return both_missing("/proc/diskstats has no line for " + device->name);
}

}  // namespace

extern const ProbeSpec disk_probe;
const ProbeSpec disk_probe = {
    {.name = "disk", .summary = "/proc/diskstats: traffic of the device that holds the dataset"},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      const auto device = target.files.empty() ? Result<host::Device>(fail("the trial uses no file"))
                                               : host::device_of(target.files.front().path, target.root);
      return make_counter_probe("disk", Sampled::no,
                                [root = target.root, device] { return read_disk(root, device); });
    }};

}  // namespace faultlab
