// Finding and locking journals.
#include "host/journal_scan.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/identity.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

// Replaying a journal writes to files that it names: only regular files of our own are believed.
std::string why_refused(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return "it is not a regular file";
  if (status.st_uid != ::geteuid()) return "it belongs to user id " + std::to_string(status.st_uid);
  return {};
}

// Whoever held the lock before us may have settled entries, or finished and removed the file: false.
Result<bool> reread_locked(FoundJournal& found) {
  struct stat status {};
  if (::fstat(found.locked->fd().get(), &status) != 0) return os::os_failure("stat " + found.path);
  if (status.st_nlink == 0) return false;
  auto text = os::read_text(found.path);
  if (!text) return propagate(std::move(text));
  found.open = parse_journal(*text).open;
  return true;
}

// False: it was removed meanwhile.
Result<bool> inspect(FoundJournal& found) {
  auto fd = os::open_fd(found.path, O_RDWR | O_APPEND | O_NOFOLLOW);
  if (!fd && fd.error().code == ENOENT) return false;
  if (!fd) {
    found.refused = fd.error().what;
    return true;
  }
  struct stat status {};
  if (::fstat(fd->get(), &status) != 0) return os::os_failure("stat " + found.path);
  found.refused = why_refused(status);
  if (!found.refused.empty()) return true;
  auto text = os::read_all(*fd, "read " + found.path);
  if (!text) return propagate(std::move(text));
  found.open = parse_journal(*text).open;
  if (found.live) return true;

  auto lock = os::ProcessLock::try_take(std::move(*fd), found.path);
  if (!lock) return propagate(std::move(lock));
  found.live = !lock->has_value();
  if (found.live) return true;
  found.locked.emplace(std::move(**lock));
  return reread_locked(found);
}

}  // namespace

Result<std::vector<FoundJournal>> scan_journals(const std::string& folder) {
  auto boot = boot_id();
  if (!boot) return propagate(std::move(boot));
  std::vector<FoundJournal> all;
  for (const auto& name : os::folder_entries(folder)) {
    auto owner = owner_from_name(name);
    if (!owner) continue;
    FoundJournal found;
    found.path = folder + "/" + name;
    found.this_boot = owner->boot == *boot;
    found.live = found.this_boot && is_alive(owner->pid, owner->start_ticks);
    found.owner = std::move(*owner);
    auto kept = inspect(found);
    if (!kept) return propagate(std::move(kept), "read the undo journals in " + folder);
    if (*kept) all.push_back(std::move(found));
  }
  return all;
}

std::optional<pid_t> other_holder(const std::string& folder, const std::string& path) {
  const auto boot = boot_id();
  for (const auto& name : os::folder_entries(folder)) {
    const auto owner = owner_from_name(name);
    if (!boot || !owner || owner->boot != *boot || owner->pid == ::getpid()) continue;
    if (!is_alive(owner->pid, owner->start_ticks)) continue;
    const auto text = os::read_text(folder + "/" + name);
    if (!text) continue;
    for (const auto& entry : parse_journal(*text).open) {
      const auto* held = std::get_if<WriteBack>(&entry.undo);
      if (held != nullptr && held->path == path) return owner->pid;
    }
  }
  return std::nullopt;
}

}  // namespace faultlab::host
