// What every plugin says of itself: its name, what it is for, what it needs, which options it takes.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/units.hpp"

namespace faultlab {

// A property of the host that a plugin cannot do without. host/doctor.hpp tells whether it is there,
// why not, and what would help.
enum class Need {
  memory_cgroup,
  memory_cgroup_v2,
  cachestat,
  psi,
  task_io,
  memory_cgroup_swap,
  page_cache_tracepoints,
  huge_pages,      // transparent ones
  huge_pages_64k,  // of this size (mTHP)
  huge_page_pool,  // hugetlb
  swap_areas,      // the right to switch them on
  zram,
  mounts,  // the right to mount file systems
  loop_devices,
  ext4_maker,          // mkfs.ext4
  xfs_maker,           // mkfs.xfs
  network_namespaces,  // the right to make them
  zero_copy_reports,   // that io_uring says whether a zero-copy send was copied after all
  ip_tool,             // ip(8)
  ethtool,
};

enum class OptionType {
  size,     // "4 KiB", "50% of dataset"; also "none" where `none_allowed`: resolved to kNoLimit
  integer,  // a JSON integer
  number,   // a JSON number
  choice,   // one of `choices`
};

struct OptionSpec {
  std::string_view name;
  OptionType type;
  std::string_view fallback;  // the default as it would be written in a config; empty: required
  std::string_view meaning;
  double minimum = 0;
  double maximum = 1e18;
  std::span<const std::string_view> choices = {};
  bool none_allowed = false;
};

struct Row {
  std::string_view name;
  std::string_view summary;
  std::span<const Need> needs = {};
  std::span<const OptionSpec> options = {};
};

// The options of one chosen plugin, checked against its OptionSpecs, defaults filled in.
class Options {
 public:
  using Held = std::variant<std::uint64_t, double, std::string>;

  void set(std::string name, Held held) { held_[std::move(name)] = std::move(held); }
  // Precondition of all: the plugin declares the option with the matching type.
  Bytes bytes(const std::string& name) const { return Bytes(std::get<std::uint64_t>(held_.at(name))); }
  std::uint64_t integer(const std::string& name) const { return std::get<std::uint64_t>(held_.at(name)); }
  double number(const std::string& name) const { return std::get<double>(held_.at(name)); }
  const std::string& text(const std::string& name) const { return std::get<std::string>(held_.at(name)); }
  const std::map<std::string, Held>& all() const { return held_; }
  bool operator==(const Options&) const = default;

 private:
  std::map<std::string, Held> held_;
};

// A plugin as chosen by a config.
struct Choice {
  std::string kind;
  Options options;
  bool operator==(const Choice&) const = default;
};

}  // namespace faultlab
