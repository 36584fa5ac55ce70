// Facts about processor, memory, cgroup, device, file system and load.
#include "host/fact_groups.hpp"

#include <fmt/format.h>

#include <charconv>

#include "host/cgroup.hpp"
#include "host/facts.hpp"
#include "host/place.hpp"
#include "host/text.hpp"
#include "host/virtualisation.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

// The first "key : value" row of /proc/cpuinfo; its keys differ between architectures.
Json cpuinfo_row(const std::string& root, std::string_view key) {
  const auto text = os::read_text(root + "/proc/cpuinfo");
  if (!text) return missing(text.error().what);
  for (const auto line : lines_of(*text)) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || trim(line.substr(0, colon)) != key) continue;
    return std::string(trim(line.substr(colon + 1)));
  }
  return missing(fmt::format("/proc/cpuinfo has no row \"{}\"", key));
}

Json mitigations(const std::string& root) {
  const std::string folder = "/sys/devices/system/cpu/vulnerabilities";
  const auto names = os::folder_entries(root + folder);
  if (names.empty()) return missing(folder + " is not there");
  Json all;
  for (const auto& name : names) all[name] = fact(root, folder + "/" + name);
  return all;
}

// Per-size settings of anonymous huge pages (Documentation/admin-guide/mm/transhuge.rst).
Json huge_sizes(const std::string& root) {
  const std::string folder = "/sys/kernel/mm/transparent_hugepage";
  Json all;
  for (const auto& name : os::folder_entries(root + folder)) {
    if (name.starts_with("hugepages-")) {
      all[name.substr(10)] = fact(root, folder + "/" + name + "/enabled", As::chosen);
    }
  }
  if (all.is_null()) return missing("this kernel has no huge page sizes below the PMD's (since 6.8)");
  return all;
}

Json swap_areas(const std::string& root) {
  const auto text = os::read_text(root + "/proc/swaps");
  if (!text) return missing(text.error().what);
  Json all = Json::array();
  for (const auto line : lines_of(*text)) {
    const auto words = words_of(line);
    if (words.size() < 5 || words[0] == "Filename") continue;
    const auto number = [&](std::size_t at) -> Json {
      if (const auto value = to_number(words[at])) return *value;
      return std::string(words[at]);  // a negative priority
    };
    all.push_back({{"name", std::string(words[0])},
                   {"type", std::string(words[1])},
                   {"size_kib", number(2)},
                   {"used_kib", number(3)},
                   {"priority", number(4)}});
  }
  return all;
}

Json damon(const std::string& root) {
  const std::string folder = "/sys/kernel/mm/damon/admin/kdamonds";
  if (!os::exists(root + folder)) return missing(folder + " is not there");
  Json all = Json::array();
  for (const auto& name : os::folder_entries(root + folder)) {
    const auto at = folder + "/" + name;
    if (!os::exists(root + at + "/state")) continue;  // nr_kdamonds
    Json actions = Json::array();
    for (const auto& context : os::folder_entries(root + at + "/contexts")) {
      const auto schemes = at + "/contexts/" + context + "/schemes";
      for (const auto& scheme : os::folder_entries(root + schemes)) {
        if (scheme != "nr_schemes") actions.push_back(fact(root, schemes + "/" + scheme + "/action"));
      }
    }
    all.push_back({{"name", "kdamond." + name}, {"state", fact(root, at + "/state")}, {"actions", actions}});
  }
  return all;
}

Json decimal(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  return missing(fmt::format("\"{}\" is not a number", text));
}

Json uptime(const std::string& root) {
  const auto text = os::read_text(root + "/proc/uptime");
  if (!text) return missing(text.error().what);
  const auto words = words_of(*text);
  return decimal(words.empty() ? std::string_view{} : words.front());
}

// v1 has no word for "no limit", only the largest count of pages (mm/page_counter.c).
Json v1_limit(const std::string& folder, std::string_view file) {
  const auto limit = fact(folder, file, As::number);
  if (limit.is_number_integer() && limit.get<std::uint64_t>() >= kV1NoLimit) return "max";
  return limit;
}

// "some avg10=0.12 avg60=..." of a pressure file (Documentation/accounting/psi.rst).
Json pressure(const std::string& root, const std::string& resource) {
  const auto path = "/proc/pressure/" + resource;
  const auto text = os::read_text(root + path);
  if (!text) return missing(text.error().what);
  Json both;
  for (const auto line : lines_of(*text)) {
    const auto words = words_of(line);
    if (words.size() < 2 || !words[1].starts_with("avg10=")) continue;
    both[std::string(words[0]) + "_avg10_percent"] = decimal(words[1].substr(6));
  }
  return both.is_null() ? missing(path + " has no avg10") : both;
}

}  // namespace

void add_cpu_facts(Json& cpu, const std::string& root) {
  cpu["model"] = cpuinfo_row(root, "model name");
  cpu["microcode"] = cpuinfo_row(root, "microcode");
  cpu["cache_size"] = cpuinfo_row(root, "cache size");
  const auto found = virtualisation(root);
  cpu["virtualisation"] = found.kind;
  cpu["emulated"] = found.emulated;
  cpu["paging"] = found.kind == "none"
                      ? Json("bare metal")
                      : missing("a guest cannot see whether its host uses nested or shadow paging");
  cpu["mitigations"] = mitigations(root);
}

void add_memory_facts(Json& memory, const std::string& root) {
  const auto text = os::read_text(root + "/proc/meminfo");
  memory["total_kib"] = text ? fact_row(*text, "MemTotal", "/proc/meminfo") : missing(text.error().what);
  memory["thp_sizes"] = huge_sizes(root);
  memory["swap_areas"] = swap_areas(root);
  memory["damon"] = damon(root);
  const auto reclaimer = background_reclaimer(root);
  memory["background_reclaimer"] = reclaimer ? Json(*reclaimer) : Json("none seen");
}

Json cgroup_facts(const std::string& root) {
  const auto home = find_cgroup_home(root);
  if (!home) return missing(home.error().why);
  Json all{{"version", home->version}, {"path", home->path}};
  const auto add = [&](const char* name, const char* file) {
    all[name] = fact(home->path, file, As::number);
  };
  if (home->version == 2) {
    add("limit", "/memory.max");
    add("high", "/memory.high");
    add("swap_limit", "/memory.swap.max");
    add("usage_bytes", "/memory.current");
    add("cpu_limit", "/cpu.max");
    return all;
  }
  all["limit"] = v1_limit(home->path, "/memory.limit_in_bytes");
  all["memory_and_swap_limit"] = v1_limit(home->path, "/memory.memsw.limit_in_bytes");
  add("usage_bytes", "/memory.usage_in_bytes");
  add("swappiness", "/memory.swappiness");
  const auto stat = os::read_text(home->path + "/memory.stat");
  auto limit =
      stat ? fact_row(*stat, "hierarchical_memory_limit", "memory.stat") : missing(stat.error().what);
  if (limit.is_number_integer() && limit.get<std::uint64_t>() >= kV1NoLimit) limit = "max";
  all["hierarchical_limit"] = std::move(limit);
  return all;
}

Json device_facts(const std::string& data_folder, const std::string& root) {
  const auto device = device_of(data_folder, root);
  if (!device) return missing(device.error().what);
  const auto disk = "/sys/block/" + device->disk;
  Json all{{"name", device->name}, {"disk", device->disk}};
  all["model"] = fact(root, disk + "/device/model");
  all["size_sectors"] = fact(root, disk + "/size", As::number);
  const auto queue = [&](const char* name, As as = As::number) {
    all[name] = fact(root, disk + "/queue/" + name, as);
  };
  queue("scheduler", As::chosen);
  queue("read_ahead_kb");
  queue("rotational");
  queue("nr_requests");
  queue("logical_block_size");
  queue("physical_block_size");
  queue("max_sectors_kb");
  queue("write_cache", As::text);
  queue("nomerges");
  queue("wbt_lat_usec");
  queue("dax");
  return all;
}

Json file_system_facts(const std::string& data_folder, const std::string& root) {
  const auto place = place_of(data_folder, root);
  if (!place) return missing(place.error().what);
  const auto& mount = place->mount;
  Json all{{"type", mount.type},
           {"source", mount.source},
           {"mount_point", mount.point},
           {"mount_options", mount.options},
           {"super_options", mount.super_options}};
  const auto space = os::space_at(root.empty() ? nearest_existing(data_folder) : root + mount.point);
  all["free_bytes"] = space ? Json(space->free.value) : missing(space.error().what);
  return all;
}

Json load_facts(const std::string& root) {
  Json all{{"average", fact(root, "/proc/loadavg")}, {"uptime_seconds", uptime(root)}};
  const auto text = os::read_text(root + "/proc/meminfo");
  for (const auto& [name, key] : {std::pair{"available_kib", "MemAvailable"},
                                  {"free_kib", "MemFree"},
                                  {"cached_kib", "Cached"},
                                  {"dirty_kib", "Dirty"},
                                  {"writeback_kib", "Writeback"},
                                  {"swap_free_kib", "SwapFree"}}) {
    all[name] = text ? fact_row(*text, key, "/proc/meminfo") : missing(text.error().what);
  }
  for (const char* resource : {"cpu", "memory", "io"}) {
    all[std::string("psi_") + resource] = pressure(root, resource);
  }
  // Column 8 of the first row: time that the hypervisor gave to others (proc_stat(5)).
  const auto stat = os::read_text(root + "/proc/stat");
  const auto words = stat ? words_of(*stat) : std::vector<std::string_view>{};
  const auto steal = words.size() > 8 && words[0] == "cpu" ? to_number(words[8]) : std::nullopt;
  all["steal_ticks"] =
      steal ? Json(*steal) : missing(stat ? "/proc/stat has no steal column" : stat.error().what);
  return all;
}

}  // namespace faultlab::host
