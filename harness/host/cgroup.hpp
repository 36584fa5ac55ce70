// Memory cgroups of v1 and v2 behind one face. Only below the cgroup that /proc/self/cgroup names.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "host/change.hpp"
#include "host/journal.hpp"
#include "os/fd.hpp"

namespace faultlab {

// One trial's memory cgroup. The destructor kills what is left in it and removes it.
class MemoryCgroup {
 public:
  MemoryCgroup(int version, std::string path, std::shared_ptr<host::Journal> journal, std::uint64_t entry);
  ~MemoryCgroup();
  MemoryCgroup(const MemoryCgroup&) = delete;
  MemoryCgroup& operator=(const MemoryCgroup&) = delete;

  int version() const { return version_; }
  const std::string& path() const { return path_; }

  // v2 memory.max, v1 memory.limit_in_bytes; kNoLimit lifts it. Rounded to pages by the kernel: ask
  // limit() for what it made of it. v1 answers EBUSY below the present usage.
  Result<> set_limit(Bytes limit);
  Result<Bytes> limit() const;
  // v2 memory.high: beyond it, tasks are throttled and made to reclaim, but never killed. v1 has none.
  Result<> set_high(Bytes high);
  Result<Bytes> high() const;
  // v2 memory.reclaim (Linux 5.19): this much. v1 memory.force_empty: whatever can go; it takes no amount.
  // That less could be reclaimed (EAGAIN, EBUSY) is no error.
  Result<> reclaim(Bytes amount);
  // v2 memory.low and memory.min: best-effort and hard protection from reclaim for others; v1 has neither. An
  // ancestor's protection bounds it (Documentation/admin-guide/cgroup-v2.rst): our home's is raised too,
  // until this cgroup goes, and one above that gives less is an error. Both read back, added up.
  Result<Bytes> protect(Bytes low, Bytes min);
  // v2 memory.swap.max; v1 memory.memsw.limit_in_bytes, which limits memory and swap together, kept so much
  // above the memory limit: there, the memory limit must be a number.
  Result<> set_swap_limit(Bytes limit);
  Result<Bytes> swap_limit() const;
  // A swap limit of 0, where swap can be limited; v1 memory.swappiness = 0, too.
  Result<> forbid_swap();
  // v1: memory.swappiness, which a new cgroup has from its parent, and vm.swappiness no longer reaches. v2
  // has none of its own: vm.swappiness holds.
  Result<> follow_swappiness(const std::string& value);
  Result<Bytes> usage() const;
  Result<Bytes> peak() const;  // v2 memory.peak (6.x: since 5.19), v1 memory.max_usage_in_bytes
  // memory.stat as the kernel prints it; v1: the local rows, without the total_ ones.
  Result<std::map<std::string, std::uint64_t>> stat() const;
  // v2 memory.events: how often the cgroup came to each of its bounds. v1 has no such file.
  Result<std::map<std::string, std::uint64_t>> events() const;
  // v2 memory.events oom_kill, v1 memory.oom_control oom_kill.
  Result<std::uint64_t> oom_kills() const;
  // cgroup.procs, opened for writing: a child writes "0" to it between fork and exec.
  Result<os::Fd> entrance() const;

 private:
  std::string file(std::string_view v2, std::string_view v1) const;
  std::string both_limit() const { return path_ + "/memory.memsw.limit_in_bytes"; }
  Result<> tie_swap_to(Bytes limit);
  Result<Bytes> protect_by(const char* file, Bytes size);

  int version_;
  std::string path_;
  std::shared_ptr<host::Journal> journal_;
  std::uint64_t entry_;
  std::vector<host::Change> raised_;  // of the home
  Bytes swap_limit_ = kNoLimit;       // v1: the limit on memory + swap follows every later memory limit
};

namespace host {

// What v1 prints where there is no limit: LONG_MAX rounded down to pages (mm/page_counter.c).
inline constexpr std::uint64_t kV1NoLimit = 0x7FFF'FFFF'FFFF'F000ULL;

// A remedy that can be typed, for sh.
struct Fix {
  std::string command;
  bool by_root = true;
  std::string beware = {};  // what to know before typing it; empty: it only lets faultlab do or see more
};

// Why the host cannot do something, and what would help.
struct Lack {
  std::string why;
  std::string remedy;
  std::vector<Fix> fixes = {};  // where commands do what the remedy says
};

// The place below which trial cgroups are made.
struct CgroupHome {
  int version = 0;
  std::string path;
};

// Looks without changing anything. `root` is prefixed to /proc and /sys (tests pass captured trees).
tl::expected<CgroupHome, Lack> find_cgroup_home(const std::string& root = "");

// Makes the home usable: on v2 enables +memory in its subtree_control, moving this process into a
// leaf of its own first when it is the only member; both changes are journaled and taken back by
// leave_cgroup_home, to be called after the last trial cgroup is gone. A Lack where other processes sit in
// the cgroup and the kernel answers EBUSY.
tl::expected<CgroupHome, Lack> enter_cgroup_home(const std::shared_ptr<Journal>& journal);
void leave_cgroup_home();

// The words to put before our command line so that systemd starts us in a cgroup of our own; nothing
// where it cannot, or has already: whoever re-executes sets FAULTLAB_DELEGATED=1.
std::optional<std::vector<std::string>> delegation_command(const std::string& root = "");

Result<std::unique_ptr<MemoryCgroup>> make_cgroup(const CgroupHome& home, const std::string& name,
                                                  const std::shared_ptr<Journal>& journal);

}  // namespace host
}  // namespace faultlab
