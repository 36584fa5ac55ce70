// mountinfo and cgroup lines.
#include "host/mounts.hpp"

#include <algorithm>

#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
bool Mount::read_only() const {
  return has_word(split(options, ','), "ro") || has_word(split(super_options, ','), "ro");
}

bool Mount::has_super_option(std::string_view option) const {
  return has_word(split(super_options, ','), option);
}

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> all;
  for (const auto line : lines_of(text)) {
    const auto fields = words_of(line);
    // A varying number of optional fields stands between the sixth field and the dash.
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (dash - fields.begin() < 6 || fields.end() - dash < 4) continue;
    all.push_back({std::string(fields[2]), unescape(fields[3]), unescape(fields[4]), std::string(fields[5]),
                   std::string(dash[1]), unescape(dash[2]), std::string(dash[3])});
  }
  return all;
}

Result<std::vector<Mount>> mounts(const std::string& root) {
  auto text = os::read_text(root + "/proc/self/mountinfo");
  if (!text) return propagate(std::move(text));
  return parse_mountinfo(*text);
}

const Mount* mount_of(const std::vector<Mount>& all, std::string_view path, std::string_view device) {
  const Mount* best = nullptr;
  for (const auto& mount : all) {
    if (!lies_in(path, mount.point)) continue;
    if (best == nullptr || mount.point.size() >= best->point.size()) best = &mount;
  }
  if (device.empty() || best == nullptr || best->device == device) return best;
  // A mount hidden by a later one on a folder above it: the device tells which one we see.
  const Mount* same = nullptr;
  for (const auto& mount : all) {
    if (!lies_in(path, mount.point) || mount.device != device) continue;
    if (same == nullptr || mount.point.size() >= same->point.size()) same = &mount;
  }
  return same == nullptr ? best : same;
}

std::vector<Membership> parse_memberships(std::string_view text) {
  std::vector<Membership> all;
  for (const auto line : lines_of(text)) {
    const auto first = line.find(':');
    const auto second = line.find(':', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) continue;
    Membership membership;
    for (const auto name : split(line.substr(first + 1, second - first - 1), ',')) {
      if (!name.empty()) membership.controllers.emplace_back(name);
    }
    membership.path = line.substr(second + 1);
    membership.is_v2 = line.substr(0, first) == "0" && membership.controllers.empty();
    all.push_back(std::move(membership));
  }
  return all;
}

std::optional<std::string> place_below(const Mount& mount, std::string_view path) {
  if (!lies_in(path, mount.root)) return std::nullopt;
  if (mount.root != "/") path.remove_prefix(mount.root.size());
  if (path == "/") path = {};
  return mount.point + std::string(path);
}

}  // namespace faultlab::host
