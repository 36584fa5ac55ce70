// Controllers by sysfs.
#include "host/memory_controllers.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

constexpr std::string_view kDevices = "/sys/bus/event_source/devices";
// Intel's integrated memory controllers.
constexpr std::string_view kController = "uncore_imc";

struct Directions {
  std::string_view reads;
  std::string_view writes;
};
// Servers; then desktops, whose free-running counters have a device of their own beside the others. Only the
// first pair that is there is taken: they count the same.
constexpr auto kDirections = std::to_array<Directions>(
    {{"cas_count_read", "cas_count_write"}, {"data_reads", "data_writes"}, {"data_read", "data_write"}});

Failure not_understood(const std::string& path, std::string_view text) {
  return fail(fmt::format("{} says \"{}\", which is not understood", path, text));
}

Result<std::string> trimmed(const std::string& path) {
  auto text = os::read_text(path);
  if (!text) return propagate(std::move(text));
  return std::string(trim(*text));
}

template <class Number>
bool is_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_hex(std::string_view text, std::uint64_t& number) {
  if (!text.starts_with("0x")) return is_number(text, number);
  text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return error == std::errc() && end == text.data() + text.size();
}

// "0,18" or "0-1".
Result<std::vector<int>> cpus_of(const std::string& path) {
  const auto text = trimmed(path);
  if (!text) return Failure(text.error());
  std::vector<int> cpus;
  for (const std::string_view range : split(*text, ',')) {
    const auto ends = split(range, '-');
    int first = 0, last = 0;
    if (!is_number(ends.front(), first) || !is_number(ends.back(), last)) return not_understood(path, *text);
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

// "config:8-15": the lowest bit of the field.
Result<unsigned> first_bit(const std::string& path) {
  const auto text = trimmed(path);
  if (!text) return Failure(text.error());
  constexpr std::string_view kField = "config:";
  unsigned bit = 0;
  const std::string_view bits = std::string_view(*text).substr(std::min(kField.size(), text->size()));
  if (!text->starts_with(kField) || bits.find(',') != bits.npos || !is_number(split(bits, '-').front(), bit))
    return not_understood(path, *text);
  return bit;
}

// "event=0x04,umask=0x03".
Result<std::uint64_t> config_of(const std::string& device, const std::string& path) {
  const auto text = trimmed(path);
  if (!text) return Failure(text.error());
  std::uint64_t config = 0;
  for (const std::string_view term : split(*text, ',')) {
    const auto sides = split(term, '=');
    std::uint64_t value = 0;
    if (sides.size() != 2 || !is_hex(sides[1], value)) return not_understood(path, *text);
    const auto bit = first_bit(fmt::format("{}/format/{}", device, sides[0]));
    if (!bit) return Failure(bit.error());
    config |= value << *bit;
  }
  return config;
}

// "6.103515625e-5" of "MiB".
Result<double> bytes_each(const std::string& path) {
  const auto scale = trimmed(path + ".scale");
  if (!scale) return Failure(scale.error());
  const auto unit = trimmed(path + ".unit");
  if (!unit) return Failure(unit.error());
  double number = 0;
  if (!is_number(std::string_view(*scale), number)) return not_understood(path + ".scale", *scale);
  constexpr double kMib = 1 << 20;
  if (*unit != "MiB") return not_understood(path + ".unit", *unit);
  return number * kMib;
}

Result<ControllerEvent> event_of(const std::string& root, const std::string& name, std::string_view direction,
                                 bool writes) {
  const std::string device = fmt::format("{}{}/{}", root, kDevices, name);
  const std::string path = fmt::format("{}/events/{}", device, direction);
  ControllerEvent event{.name = fmt::format("{}/{}/", name, direction), .cpus = {}, .writes = writes};
  const auto type = trimmed(device + "/type");
  if (!type) return Failure(type.error());
  if (!is_number(std::string_view(*type), event.type)) return not_understood(device + "/type", *type);
  auto cpus = cpus_of(device + "/cpumask");
  if (!cpus) return propagate(std::move(cpus));
  event.cpus = std::move(*cpus);
  const auto config = config_of(device, path);
  if (!config) return Failure(config.error());
  event.config = *config;
  const auto each = bytes_each(path);
  if (!each) return Failure(each.error());
  event.bytes_each = *each;
  return event;
}

}  // namespace

Result<std::vector<ControllerEvent>> memory_controller_events(const std::string& root) {
  std::vector<ControllerEvent> events;
  for (const Directions& directions : kDirections) {
    for (const std::string& name : os::folder_entries(root + std::string(kDevices))) {
      const std::string described = fmt::format("{}{}/{}/events/", root, kDevices, name);
      if (!name.starts_with(kController) || !os::exists(described + std::string(directions.reads))) continue;
      for (const bool writes : {false, true}) {
        auto event = event_of(root, name, writes ? directions.writes : directions.reads, writes);
        if (!event) return propagate(std::move(event));
        events.push_back(std::move(*event));
      }
    }
    if (!events.empty()) return events;
  }
  return fail("this host shows no counters of its memory controllers (uncore_imc)",
              "run on hardware, not in a virtual machine");
}

}  // namespace faultlab::host
