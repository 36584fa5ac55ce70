// One memory cgroup, by the file names of its version.
#include "host/cgroup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <filesystem>

#include "host/cgroup_removal.hpp"
#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab {
namespace {

std::string limit_text(int version, Bytes limit) {
  if (limit == kNoLimit) return version == 2 ? "max" : "-1";
  return std::to_string(limit.value);
}

Result<Bytes> read_bytes(const std::string& path) {
  auto text = os::read_text(path);
  if (!text) return propagate(std::move(text));
  const auto word = host::trim(*text);
  if (word == "max") return kNoLimit;
  const auto number = host::to_number(word);
  if (!number) return fail(fmt::format("read {}: {} is not a number of bytes", path, word));
  return Bytes(*number);
}

Result<std::uint64_t> read_row(const std::string& path, std::string_view key, std::string_view since) {
  auto text = os::read_text(path);
  if (!text) return propagate(std::move(text));
  const auto number = host::number_after(*text, key);
  if (!number) return fail(fmt::format("read {}: it has no row {}, which came with {}", path, key, since));
  return *number;
}

// Lines of a name and a number; v1's sums over the cgroups below are left out.
Result<std::map<std::string, std::uint64_t>> read_rows(const std::string& path) {
  auto text = os::read_text(path);
  if (!text) return propagate(std::move(text));
  std::map<std::string, std::uint64_t> rows;
  for (const auto line : host::lines_of(*text)) {
    const auto words = host::words_of(line);
    if (words.size() != 2 || words[0].starts_with("total_")) continue;
    if (const auto number = host::to_number(words[1])) rows.emplace(words[0], *number);
  }
  return rows;
}

// Where no swap area is on, there is nothing to forbid.
bool swap_is_off() {
  const auto text = os::read_text("/proc/swaps");
  return !text || host::lines_of(*text).size() <= 1;
}

std::string safe_name(const std::string& name) {
  std::string safe;
  for (const char c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    safe += plain ? c : '_';
  }
  return safe;
}

}  // namespace

MemoryCgroup::MemoryCgroup(int version, std::string path, std::shared_ptr<host::Journal> journal,
                           std::uint64_t entry)
    : version_(version), path_(std::move(path)), journal_(std::move(journal)), entry_(entry) {}

MemoryCgroup::~MemoryCgroup() {
  if (!journal_->owned_here()) return;
  // What cannot be removed now stays in the journal, and `faultlab recover` tries again.
  if (host::remove_cgroup(path_)) journal_->settled(entry_);
}

std::string MemoryCgroup::file(std::string_view v2, std::string_view v1) const {
  return path_ + "/" + std::string(version_ == 2 ? v2 : v1);
}

Result<> MemoryCgroup::set_limit(Bytes limit) {
  // v1 refuses a memory limit above the one on memory + swap (mm/memcontrol-v1.c): lift that first.
  const bool tied = version_ == 1 && swap_limit_ != kNoLimit && os::exists(both_limit());
  if (tied) {
    if (auto lifted = os::write_kernel_file(both_limit(), "-1"); !lifted) return lifted;
  }
  auto wrote =
      os::write_kernel_file(file("memory.max", "memory.limit_in_bytes"), limit_text(version_, limit));
  if (!wrote && wrote.error().code == EBUSY) {
    wrote.error().remedy = "the cgroup already uses more: lower its usage first, or raise the limit";
  }
  if (!wrote || !tied) return wrote;
  return tie_swap_to(limit);
}

Result<> MemoryCgroup::tie_swap_to(Bytes limit) {
  const Bytes both = limit == kNoLimit ? kNoLimit : limit + swap_limit_;
  return os::write_kernel_file(both_limit(), limit_text(version_, both));
}

Result<> MemoryCgroup::set_swap_limit(Bytes limit) {
  if (version_ == 2) return os::write_kernel_file(path_ + "/memory.swap.max", limit_text(2, limit));
  if (!os::exists(both_limit())) {
    return fail("limit swap: the kernel does not account it (no " + both_limit() + ")",
                "boot with `swapaccount=1`, or use cgroup v2");
  }
  const auto memory = this->limit();
  if (!memory) return Failure(memory.error());
  if (*memory == kNoLimit) {
    return fail("limit swap: cgroup v1 limits it together with memory, and there is no memory limit",
                "add pressure.memcg_limit, or use cgroup v2");
  }
  swap_limit_ = limit;
  return limit == kNoLimit ? os::write_kernel_file(both_limit(), "-1") : tie_swap_to(*memory);
}

Result<Bytes> MemoryCgroup::swap_limit() const {
  if (version_ == 2) return read_bytes(path_ + "/memory.swap.max");
  const auto both = read_bytes(both_limit());
  const auto memory = limit();
  if (!both) return Failure(both.error());
  if (!memory) return Failure(memory.error());
  if (both->value >= host::kV1NoLimit) return kNoLimit;
  return Bytes(both->value - memory->value);
}

Result<Bytes> MemoryCgroup::limit() const {
  auto bytes = read_bytes(file("memory.max", "memory.limit_in_bytes"));
  if (bytes && version_ == 1 && bytes->value >= host::kV1NoLimit) return kNoLimit;
  return bytes;
}

Result<> MemoryCgroup::forbid_swap() {
  if (version_ == 2) {
    auto wrote = os::write_kernel_file(path_ + "/memory.swap.max", "0");
    if (wrote || wrote.error().code != ENOENT || swap_is_off()) {
      if (!wrote && wrote.error().code == ENOENT) return {};
      return wrote;
    }
    wrote.error().remedy =
        "the kernel does not account swap (CONFIG_SWAP, `swapaccount=0`): turn swap off "
        "with `swapoff -a` for the run";
    return wrote;
  }
  // Unlike in global reclaim, 0 really prevents swapping under a limit
  // (Documentation/admin-guide/cgroup-v1/memory.rst, section 5.3).
  if (auto wrote = os::write_kernel_file(path_ + "/memory.swappiness", "0"); !wrote) return wrote;
  swap_limit_ = Bytes(0);
  const auto now = limit();
  if (!now) return Failure(now.error());
  if (*now == kNoLimit || !os::exists(both_limit())) return {};
  return set_swap_limit(Bytes(0));
}

Result<> MemoryCgroup::set_high(Bytes high) {
  return os::write_kernel_file(path_ + "/memory.high", limit_text(version_, high));
}

Result<Bytes> MemoryCgroup::high() const { return read_bytes(path_ + "/memory.high"); }

Result<Bytes> MemoryCgroup::protect_by(const char* name, Bytes size) {
  const auto own = path_ + name;
  if (auto set = os::write_kernel_file(own, limit_text(2, size)); !set) return propagate(std::move(set));
  const std::filesystem::path home = std::filesystem::path(path_).parent_path();
  // The root of all has no such file, and bounds nothing.
  for (auto above = home; os::exists(above.string() + name); above = above.parent_path()) {
    const auto file = above.string() + name;
    const auto given = read_bytes(file);
    if (!given) return given;
    if (*given >= size) continue;
    if (above != home) {
      return fail(fmt::format("protect {} bytes: {} gives only {}", size.value, file, given->value),
                  "raise it as root, or run in a cgroup right below the root");
    }
    auto change = host::Change::note(journal_, host::WriteBack{file, limit_text(2, *given)});
    if (!change) return propagate(std::move(change));
    raised_.push_back(std::move(*change));
    if (auto set = os::write_kernel_file(file, limit_text(2, size)); !set) return propagate(std::move(set));
  }
  return read_bytes(own);
}

Result<Bytes> MemoryCgroup::protect(Bytes low, Bytes min) {
  const auto has_low = protect_by("/memory.low", low);
  if (!has_low) return has_low;
  const auto has_min = protect_by("/memory.min", min);
  if (!has_min) return has_min;
  return *has_low + *has_min;
}

Result<> MemoryCgroup::reclaim(Bytes amount) {
  auto wrote = version_ == 2 ? os::write_kernel_file(path_ + "/memory.reclaim", std::to_string(amount.value))
                             : os::write_kernel_file(path_ + "/memory.force_empty", "0");
  if (!wrote && (wrote.error().code == EAGAIN || wrote.error().code == EBUSY)) return {};
  if (!wrote && wrote.error().code == ENOENT) wrote.error().remedy = "use Linux 5.19 or later";
  return wrote;
}

Result<> MemoryCgroup::follow_swappiness(const std::string& value) {
  if (version_ == 2) return {};
  return os::write_kernel_file(path_ + "/memory.swappiness", value);
}

Result<Bytes> MemoryCgroup::usage() const {
  return read_bytes(file("memory.current", "memory.usage_in_bytes"));
}

Result<Bytes> MemoryCgroup::peak() const {
  auto bytes = read_bytes(file("memory.peak", "memory.max_usage_in_bytes"));
  if (!bytes && bytes.error().code == ENOENT && version_ == 2) {
    bytes.error().what += ": memory.peak came with Linux 5.19";
    bytes.error().remedy = "use a newer kernel; sampled usage gives a lower bound";
  }
  return bytes;
}

Result<std::map<std::string, std::uint64_t>> MemoryCgroup::stat() const {
  return read_rows(path_ + "/memory.stat");
}

Result<std::map<std::string, std::uint64_t>> MemoryCgroup::events() const {
  if (version_ == 1) return fail("read memory.events of " + path_ + ": cgroup v1 has none", "use cgroup v2");
  return read_rows(path_ + "/memory.events");
}

Result<std::uint64_t> MemoryCgroup::oom_kills() const {
  return read_row(file("memory.events", "memory.oom_control"), "oom_kill", "Linux 4.13");
}

Result<os::Fd> MemoryCgroup::entrance() const { return os::open_fd(path_ + "/cgroup.procs", O_WRONLY); }

namespace host {

Result<std::unique_ptr<MemoryCgroup>> make_cgroup(const CgroupHome& home, const std::string& name,
                                                  const std::shared_ptr<Journal>& journal) {
  const auto path = fmt::format("{}/{}{}-{}", home.path, kCgroupPrefix, ::getpid(), safe_name(name));
  auto entry = journal->note(RemoveCgroup{path});
  if (!entry) return propagate(std::move(entry), "make cgroup " + path);
  if (::mkdir(path.c_str(), 0755) != 0) {
    const bool exists = errno == EEXIST;
    auto failure = os::os_failure("make cgroup " + path,
                                  exists ? "an earlier run left it: run `faultlab recover`"
                                         : "see `faultlab doctor`, and docs/setup.md#memory-cgroup");
    // It was there before us: its own journal answers for it.
    journal->settled(*entry);
    return failure;
  }
  auto cgroup = std::make_unique<MemoryCgroup>(home.version, path, journal, *entry);
  if (auto limit = cgroup->limit(); !limit) {
    return fail(
        fmt::format("make cgroup {}: it has no memory controller ({})", path, limit.error().what),
        "enable +memory in cgroup.subtree_control of " + home.path + " (docs/setup.md#memory-cgroup)");
  }
  return cgroup;
}

}  // namespace host
}  // namespace faultlab
