// The block device below a file, and what reclaims pages behind our back.
#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <filesystem>

#include "host/facts.hpp"
#include "host/mounts.hpp"
#include "host/place.hpp"
#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

constexpr auto kDeviceRemedy =
    "put the data folder on a file system of a disk, or choose another medium (docs/setup.md#data-folder)";

// The target of a link of /sys, as a path below `root`.
std::string resolve(const std::string& path) {
  std::error_code code;
  const auto real = std::filesystem::canonical(path, code);
  return code ? std::string() : real.string();
}

// A partition's folder has a file `partition` and lies in its disk's folder
// (Documentation/ABI/testing/sysfs-block).
Device device_at(const std::string& folder) {
  const std::filesystem::path path(folder);
  const auto name = path.filename().string();
  const bool part = os::exists(folder + "/partition");
  return {name, part ? path.parent_path().filename().string() : name};
}

bool runs_pageout(const std::string& kdamond) {
  const auto state = os::read_text(kdamond + "/state");
  if (!state || trim(*state) != "on") return false;
  for (const auto& context : os::folder_entries(kdamond + "/contexts")) {
    const auto schemes = kdamond + "/contexts/" + context + "/schemes";
    for (const auto& scheme : os::folder_entries(schemes)) {
      const auto action = os::read_text(schemes + "/" + scheme + "/action");
      if (action && trim(*action) == "pageout") return true;
    }
  }
  return false;
}

}  // namespace

std::string nearest_existing(const std::string& path) {
  std::error_code code;
  auto existing = std::filesystem::weakly_canonical(std::filesystem::absolute(path), code);
  while (!os::exists(existing.string()) && existing.has_relative_path()) existing = existing.parent_path();
  return existing.string();
}

Result<Place> place_of(const std::string& path, const std::string& root) {
  auto all = mounts(root);
  if (!all) return propagate(std::move(all), "find the file system of " + path);
  std::error_code code;
  std::string absolute = path, device;
  if (root.empty()) {
    absolute = std::filesystem::weakly_canonical(std::filesystem::absolute(path), code).string();
    const auto status = os::file_status(nearest_existing(path));
    if (status) device = fmt::format("{}:{}", major(status->device), minor(status->device));
  }
  const Mount* mount = mount_of(*all, absolute, device);
  if (mount == nullptr) return fail("find the file system of " + path + ": no mount shows it", kDeviceRemedy);
  return Place{absolute, *mount};
}

Result<Device> device_of(const std::string& path, const std::string& root) {
  const std::string doing = "find the block device of " + path;
  auto place = place_of(path, root);
  if (!place) return propagate(std::move(place));
  const auto& mount = place->mount;
  auto folder = resolve(root + "/sys/dev/block/" + mount.device);
  // btrfs and others show a device number of their own; the source still names a device.
  if (folder.empty() && mount.source.starts_with("/dev/")) {
    const auto node = root.empty() ? resolve(mount.source) : mount.source;
    folder = resolve(root + "/sys/class/block/" + std::filesystem::path(node).filename().string());
  }
  if (folder.empty()) {
    return fail(fmt::format("{}: it lies on {} ({}), which has no block device of its own", doing, mount.type,
                            mount.point),
                kDeviceRemedy);
  }
  return device_at(folder);
}

std::optional<std::string> background_reclaimer(const std::string& root) {
  const auto kdamonds = root + "/sys/kernel/mm/damon/admin/kdamonds";
  for (const auto& name : os::folder_entries(kdamonds)) {
    const auto kdamond = kdamonds + "/" + name;
    if (runs_pageout(kdamond)) return "kdamond." + name + " (DAMON, pageout)";
    // Only root may read it: better a name too many than a share that nobody asks for.
    if (os::exists(kdamond + "/state") && !os::read_text(kdamond + "/state")) {
      return "kdamond." + name + " (DAMON; what it does cannot be read)";
    }
  }
  const auto module = os::read_text(root + "/sys/module/damon_reclaim/parameters/enabled");
  if (module && trim(*module) == "Y") return "damon_reclaim";
  return std::nullopt;
}

}  // namespace faultlab::host
