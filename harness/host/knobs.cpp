// Knobs: their files, and the guard that puts them back.
#include "host/knobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "host/facts.hpp"
#include "host/place.hpp"
#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

// Read-ahead belongs to the disk; a file system without one (NFS) has a backing device of its own
// number in /sys/class/bdi. A file takes the value when it is opened (file_ra_state_init).
Result<std::string> read_ahead_path(const std::string& data_path, const std::string& root) {
  auto device = device_of(data_path, root);
  if (device) return fmt::format("{}/sys/block/{}/queue/read_ahead_kb", root, device->disk);
  auto place = place_of(data_path, root);
  if (!place) return propagate(std::move(place));
  auto path = fmt::format("{}/sys/class/bdi/{}/read_ahead_kb", root, place->mount.device);
  if (!os::exists(path)) return propagate(std::move(device));
  return path;
}

struct KnobPlace {
  std::string_view name;
  std::string_view path;
};
constexpr auto kPlaces = std::to_array<KnobPlace>({
    {"swappiness", "/proc/sys/vm/swappiness"},
    {"page_cluster", "/proc/sys/vm/page-cluster"},
    {"task_delayacct", "/proc/sys/kernel/task_delayacct"},
    {"thp", "/sys/kernel/mm/transparent_hugepage/enabled"},
    {"thp_64k", "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled"},
    {"thp_16k", "/sys/kernel/mm/transparent_hugepage/hugepages-16kB/enabled"},
    {"thp_256k", "/sys/kernel/mm/transparent_hugepage/hugepages-256kB/enabled"},
    {"thp_1m", "/sys/kernel/mm/transparent_hugepage/hugepages-1024kB/enabled"},
    {"huge_page_pool", "/proc/sys/vm/nr_hugepages"},
    {"huge_page_pool_1g", "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"},
    {"zswap", "/sys/module/zswap/parameters/enabled"},
    {"zswap_max_pool_percent", "/sys/module/zswap/parameters/max_pool_percent"},
    {"min_free_kbytes", "/proc/sys/vm/min_free_kbytes"},
    {"dirty_ratio", "/proc/sys/vm/dirty_ratio"},
    {"dirty_background_ratio", "/proc/sys/vm/dirty_background_ratio"},
    {"mglru", "/sys/kernel/mm/lru_gen/enabled"},
    {"fault_around_bytes", "/sys/kernel/debug/fault_around_bytes"},
});

Result<std::string> path_by_name(const std::string& name, const std::string& data_path,
                                 const std::string& root) {
  if (name == "read_ahead_kb") return read_ahead_path(data_path, root);
  const auto* place =
      std::find_if(kPlaces.begin(), kPlaces.end(), [&](const KnobPlace& each) { return each.name == name; });
  if (place == kPlaces.end()) return fail("no file is known for it", "`faultlab list knobs` lists them");
  return root + std::string(place->path);
}

// vm.dirty_ratio and vm.dirty_bytes switch each other off (Documentation/admin-guide/sysctl/vm.rst): a 0 read
// here means that the other is in force, and would be lost.
bool other_unit_in_force(const std::string& name, const std::string& old) {
  return name.starts_with("dirty_") && old == "0";
}

Result<std::string> read_setting(const std::string& path) {
  auto text = os::read_text(path);
  if (!text) return propagate(std::move(text));
  return chosen(*text);
}

// Writes and reads back: some files take a value and keep another (read_ahead_kb rounds to pages).
Result<> change(const std::string& path, const std::string& value) {
  auto wrote = os::write_kernel_file(path, value);
  if (!wrote) {
    if (wrote.error().code == EACCES || wrote.error().code == EPERM || wrote.error().code == EROFS) {
      wrote.error().remedy = "run as root on the host itself (docs/setup.md#knobs)";
    } else if (wrote.error().code == EINVAL) {
      wrote.error().remedy = "choose a value that this kernel takes";
    }
    return wrote;
  }
  auto now = read_setting(path);
  if (!now) return propagate(std::move(now));
  if (*now == value) return {};
  return fail(fmt::format("wrote {} to {}, which now reads {}", value, path, *now),
              "choose a value that the kernel keeps as it is");
}

}  // namespace

Result<std::string> knob_path(const std::string& name, const std::string& data_path,
                              const std::string& root) {
  auto path = path_by_name(name, data_path, root);
  if (!path) return propagate(std::move(path), "knob " + name);
  if (os::exists(*path)) return path;
  return fail(fmt::format("knob {}: this host has no {}", name, *path),
              "leave it out of the experiment, or use a kernel that has it");
}

Result<KnobGuard> KnobGuard::set(const std::string& name, const std::string& value,
                                 const std::string& data_path, const std::shared_ptr<Journal>& journal,
                                 const std::string& root) {
  const std::string task = fmt::format("set knob {} to {}", name, value);
  auto path = knob_path(name, data_path, root);
  if (!path) return propagate(std::move(path));
  if (const auto holder = journal->other_holder(*path)) {
    return fail(fmt::format("{}: process {} has changed it too", task, *holder),
                "wait for the other run to end: two changes cannot both be put back");
  }
  auto old = read_setting(*path);
  if (!old) return propagate(std::move(old), task);
  if (other_unit_in_force(name, *old)) {
    return fail(task + ": this host sets the limit in bytes, which could not be put back",
                "set the ratio on the host, or leave the knob out");
  }
  auto noted = Change::note(journal, WriteBack{*path, *old});
  if (!noted) return propagate(std::move(noted), task);
  // On failure the guard's destructor writes the old value back.
  KnobGuard guard(std::move(*noted), *old);
  if (auto changed = change(*path, value); !changed) return propagate(std::move(changed), task);
  return guard;
}

}  // namespace faultlab::host
