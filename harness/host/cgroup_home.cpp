// Where trial cgroups can be made: found by looking, then made usable.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "host/cgroup.hpp"
#include "host/cgroup_removal.hpp"
#include "host/mounts.hpp"
#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

using Found = tl::expected<CgroupHome, Lack>;

tl::unexpected<Lack> lack(std::string why, std::string remedy) {
  return tl::unexpected<Lack>(Lack{std::move(why), std::move(remedy) + " (docs/setup.md#memory-cgroup)"});
}
tl::unexpected<Lack> lack_from(const Error& error) {
  return tl::unexpected<Lack>(
      Lack{error.what, error.remedy.empty() ? "see docs/setup.md#memory-cgroup" : error.remedy});
}

bool file_has_word(const std::string& path, std::string_view word) {
  const auto text = os::read_text(path);
  return text && has_word(words_of(*text), word);
}

// cgroup.type exists in every v2 cgroup but the root (Documentation/admin-guide/cgroup-v2.rst), which
// is also the one exempt from the no-internal-process rule. A container's "/" is not that root.
bool is_true_root(const std::string& path) { return !os::exists(path + "/cgroup.type"); }
bool hands_on_memory(const std::string& path) {
  return file_has_word(path + "/cgroup.subtree_control", "memory");
}

std::string own_pid(const std::string& root) {
  if (root.empty()) return std::to_string(::getpid());
  const auto stat = os::read_text(root + "/proc/self/stat");
  const auto fields = stat ? words_of(*stat) : std::vector<std::string_view>{};
  return fields.empty() ? std::string() : std::string(fields.front());
}

std::size_t other_members(const std::string& path, const std::string& root) {
  const auto text = os::read_text(path + "/cgroup.procs");
  if (!text) return 0;
  const auto self = own_pid(root);
  std::size_t others = 0;
  for (const auto pid : words_of(*text)) others += pid != self ? 1 : 0;
  return others;
}

// A way to a cgroup of our own that needs nothing but systemd; else empty.
std::string scope_advice(const std::string& root) {
  if (!os::exists(root + "/run/systemd/system")) return {};  // sd_booted(3)
  return ::geteuid() == 0 ? "start with `systemd-run --scope -q -p Delegate=yes faultlab ...`, or "
                          : "start with `systemd-run --user --scope -q -p Delegate=yes faultlab ...`, or ";
}

std::vector<Fix> scope_fixes(const std::string& root) {
  if (scope_advice(root).empty()) return {};
  const bool is_root = ::geteuid() == 0;
  return {{fmt::format("systemd-run {}--scope -q -p Delegate=yes bash", is_root ? "" : "--user "), is_root,
           "it is a new shell: start faultlab in it by `exec faultlab ...`"}};
}

// The command that puts a shell into a cgroup of its own beside `path`, or, where the folder above is
// not to be seen (the top of a container's namespace), below it after moving the others aside.
std::string own_cgroup_command(const std::string& path) {
  const auto above = std::filesystem::path(path).parent_path().string();
  if (os::exists(above + "/cgroup.procs")) {
    return fmt::format("mkdir -p {0}/mine && echo $$ > {0}/mine/cgroup.procs", above);
  }
  return fmt::format(
      "mkdir -p {0}/rest {0}/mine && for p in $(cat {0}/cgroup.procs); do echo $p > {0}/rest/cgroup.procs; "
      "done; "
      "echo +memory > {0}/cgroup.subtree_control && echo $$ > {0}/mine/cgroup.procs",
      path);
}

Lack lack_of_siblings(const std::string& path, std::size_t others, const std::string& root) {
  return {
      fmt::format("{} other process{} our cgroup {}, and cgroup v2 gives children a memory controller "
                  "only when their parent holds no process",
                  others, others == 1 ? " shares" : "es share", path),
      fmt::format("{}give the shell a cgroup of its own, as root: `{}`, then start again with `exec faultlab "
                  "...` (docs/setup.md#memory-cgroup)",
                  scope_advice(root), own_cgroup_command(path)),
      scope_fixes(root)};
}

// Our cgroup's folder below the first mount (the last one made wins) that shows it.
template <class Wanted>
tl::expected<std::string, Lack> locate(const std::vector<Mount>& all, const std::string& path,
                                       std::string_view kind, Wanted wanted) {
  const Mount* hidden = nullptr;
  for (auto mount = all.rbegin(); mount != all.rend(); ++mount) {
    if (!wanted(*mount)) continue;
    const auto place = place_below(*mount, path);
    if (!place) {
      hidden = &*mount;
      continue;
    }
    if (!mount->read_only()) return *place;
    return lack(fmt::format("{} is mounted read-only at {}", kind, mount->point),
                "in a container: start it with write access to its cgroup, for instance `docker run "
                "--privileged --cgroupns=private`");
  }
  if (hidden == nullptr) return lack(fmt::format("{} is not mounted", kind), "mount it as root");
  return lack(
      fmt::format("our cgroup {} is outside of what {} shows ({})", path, hidden->point, hidden->root),
      "start the container with a cgroup namespace of its own (`docker run --cgroupns=private`), or "
      "mount the host's /sys/fs/cgroup in it");
}

// mkdir(2) needs write access to the folder; moving processes needs it to cgroup.procs.
std::optional<Lack> lack_of_rights(const CgroupHome& home, const std::string& root) {
  const auto& path = home.path;
  if (!os::exists(path)) {
    return Lack{"our cgroup's folder " + path + " is not there", "see docs/setup.md#memory-cgroup"};
  }
  if (::access(path.c_str(), W_OK) == 0 && ::access((path + "/cgroup.procs").c_str(), W_OK) == 0) return {};
  return Lack{
      fmt::format("no right to make cgroups below {}", path),
      fmt::format("{}run as root, or have root make a cgroup that you own (docs/setup.md#memory-cgroup)",
                  home.version == 2 ? scope_advice(root) : "")};
}

Found check_v1(const CgroupHome& home, const std::string& root) {
  if (auto rights = lack_of_rights(home, root)) return tl::unexpected<Lack>(*rights);
  return home;
}

Found check_v2(const CgroupHome& home, const std::string& root) {
  const auto& path = home.path;
  if (!file_has_word(path + "/cgroup.controllers", "memory")) {
    if (is_true_root(path)) {
      return lack("the kernel offers no memory controller to cgroup v2",
                  "boot without `cgroup_disable=memory`, and with `cgroup_enable=memory` where the "
                  "distribution turns it off");
    }
    return lack(fmt::format("no memory controller is handed down to our cgroup {}", path),
                scope_advice(root) + "as root add +memory to cgroup.subtree_control of every parent");
  }
  if (auto rights = lack_of_rights(home, root)) return tl::unexpected<Lack>(*rights);
  if (hands_on_memory(path) || is_true_root(path)) return home;
  if (const auto others = other_members(path, root); others > 0) {
    return tl::unexpected<Lack>(lack_of_siblings(path, others, root));
  }
  return home;
}

// What enter_cgroup_home has changed, for leave_cgroup_home.
struct Entered {
  CgroupHome home;
  std::string leaf;  // empty: still in the home itself
  std::optional<std::uint64_t> leaf_entry;
  std::optional<std::uint64_t> memory_entry;
  std::shared_ptr<Journal> journal;
};
std::optional<Entered>& entered() {
  static std::optional<Entered> state;
  return state;
}

std::string control_of(const CgroupHome& home) { return home.path + "/cgroup.subtree_control"; }

void take_back(Entered& state) {
  if (!state.journal->owned_here()) return;
  if (state.memory_entry && os::write_kernel_file(control_of(state.home), "-memory")) {
    state.journal->settled(*state.memory_entry);
  }
  if (!state.leaf_entry) return;
  // Fails where we never got into the leaf; then we are in the home already.
  static_cast<void>(os::write_kernel_file(state.home.path + "/cgroup.procs", "0"));
  if (remove_cgroup(state.leaf)) state.journal->settled(*state.leaf_entry);
}

Result<> move_to_leaf(Entered& state) {
  state.leaf = fmt::format("{}/{}{}", state.home.path, kCgroupPrefix, ::getpid());
  auto entry = state.journal->note(RemoveCgroup{state.leaf});
  if (!entry) return propagate(std::move(entry));
  state.leaf_entry = *entry;
  if (auto made = os::make_folders(state.leaf); !made) return made;
  return os::write_kernel_file(state.leaf + "/cgroup.procs", "0");
}

Result<> enable_memory(Entered& state) {
  auto entry = state.journal->note(WriteBack{control_of(state.home), "-memory"});
  if (!entry) return propagate(std::move(entry));
  state.memory_entry = *entry;
  return os::write_kernel_file(control_of(state.home), "+memory");
}

std::optional<std::string> program_in_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (const auto folder : split(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    const auto candidate = std::string(folder) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

}  // namespace

tl::expected<CgroupHome, Lack> find_cgroup_home(const std::string& root) {
  if (root.empty() && entered()) return entered()->home;
  auto text = os::read_text(root + "/proc/self/cgroup");
  if (!text)
    return lack("this kernel has no cgroups: " + text.error().what, "use a kernel with CONFIG_MEMCG");
  auto all = mounts(root);
  if (!all) return lack_from(all.error());

  const Membership* unified = nullptr;
  const auto memberships = parse_memberships(*text);
  for (const auto& membership : memberships) {
    if (membership.is_v2) unified = &membership;
    for (const auto& controller : membership.controllers) {
      // A controller is in one hierarchy only: a v1 memory hierarchy settles it on hybrid hosts.
      if (controller != "memory") continue;
      const auto place =
          locate(*all, membership.path, "the memory controller (cgroup v1)",
                 [](const Mount& m) { return m.type == "cgroup" && m.has_super_option("memory"); });
      if (!place) return tl::unexpected<Lack>(place.error());
      return check_v1({1, root + *place}, root);
    }
  }
  if (unified == nullptr) {
    return lack("no cgroup hierarchy has the memory controller", "mount cgroup2, or boot with systemd");
  }
  const auto place =
      locate(*all, unified->path, "cgroup v2", [](const Mount& m) { return m.type == "cgroup2"; });
  if (!place) return tl::unexpected<Lack>(place.error());
  return check_v2({2, root + *place}, root);
}

tl::expected<CgroupHome, Lack> enter_cgroup_home(const std::shared_ptr<Journal>& journal) {
  auto home = find_cgroup_home();
  if (!home || home->version == 1 || entered() || hands_on_memory(home->path)) return home;

  Entered state{*home, {}, {}, {}, journal};
  Result<> done;
  if (!is_true_root(home->path)) done = move_to_leaf(state);
  if (done) done = enable_memory(state);
  if (!done) {
    take_back(state);
    // A process may have joined between looking and enabling.
    if (done.error().code == EBUSY) {
      return tl::unexpected<Lack>(lack_of_siblings(home->path, other_members(home->path, ""), ""));
    }
    return lack_from(done.error());
  }
  entered() = std::move(state);
  return home;
}

void leave_cgroup_home() {
  if (!entered()) return;
  take_back(*entered());
  entered().reset();
}

std::optional<std::vector<std::string>> delegation_command(const std::string& root) {
  if (std::getenv("FAULTLAB_DELEGATED") != nullptr) return std::nullopt;
  if (!os::exists(root + "/run/systemd/system")) return std::nullopt;  // sd_booted(3)
  // systemd delegates v2 only: on v1 the memory controller is never handed to a scope's owner.
  const auto text = os::read_text(root + "/proc/self/cgroup");
  if (!text) return std::nullopt;
  for (const auto& membership : parse_memberships(*text)) {
    for (const auto& controller : membership.controllers) {
      if (controller == "memory") return std::nullopt;
    }
  }
  const bool is_root = ::geteuid() == 0;
  if (!is_root && std::getenv("XDG_RUNTIME_DIR") == nullptr) return std::nullopt;
  auto program = program_in_path("systemd-run");
  if (!program) return std::nullopt;
  std::vector<std::string> command{*program, "--scope", "-q", "-p", "Delegate=yes"};
  if (!is_root) command.insert(command.begin() + 1, "--user");
  return command;
}

}  // namespace faultlab::host
