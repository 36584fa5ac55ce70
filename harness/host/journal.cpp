// The journal of a living process.
#include "host/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <set>
#include <thread>

#include "host/identity.hpp"
#include "host/journal_file.hpp"
#include "host/journal_scan.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"

namespace faultlab::host {
namespace {

constexpr auto kLockPause = std::chrono::milliseconds(20);
constexpr int kLockAttempts = 15;

std::uint64_t boot_time_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

// The locked file. A `recover` that sees our name but not our process (another PID namespace) may
// hold the lock for a moment, and may have removed the file by the time we get it.
Result<os::ProcessLock> lock_file(const std::string& path) {
  for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
    auto fd = os::open_fd(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (!fd) return propagate(std::move(fd));
    const auto here = os::file_status(*fd);
    auto lock = os::ProcessLock::try_take(std::move(*fd), path);
    if (!lock) return propagate(std::move(lock));
    const auto there = os::file_status(path);
    if (*lock && here && there && here->inode == there->inode) return std::move(**lock);
    std::this_thread::sleep_for(kLockPause);
  }
  return fail("lock " + path + ": this process already has an open journal there",
              "open one journal per process and share it");
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

struct Journal::State {
  os::ProcessLock lock;
  os::AppendFile file;
  std::string folder;
  std::string path;
  pid_t owner;
  std::mutex mutex;
  std::uint64_t last_id;
  std::set<std::uint64_t> open;
  bool torn = false;  // the last line may be incomplete: start the next one on a line of its own
};

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::shared_ptr<Journal>> Journal::open(const std::string& folder) {
  const std::string task = "open the undo journal";
  auto boot = boot_id();
  if (!boot) return propagate(std::move(boot), task);
  auto ticks = start_ticks(::getpid());
  if (!ticks) return propagate(std::move(ticks), task);
  if (auto made = os::make_folders(folder); !made) {
    made.error().remedy = "set FAULTLAB_STATE to a folder that you may write to";
    return propagate(std::move(made), task);
  }
  const std::string path = folder + "/" + journal_name({*boot, ::getpid(), *ticks});
  auto lock = lock_file(path);
  if (!lock) return propagate(std::move(lock), task);
  auto before = os::read_all(lock->fd(), "read " + path);
  if (!before) return propagate(std::move(before), task);
  auto file = os::AppendFile::open(path);
  if (!file) return propagate(std::move(file), task);

  const auto parsed = parse_journal(*before);
  // A line that an earlier journal of this process left torn must not swallow the next one.
  const bool torn = !before->empty();
  std::unique_ptr<State> state(new State{.lock = std::move(*lock),
                                         .file = std::move(*file),
                                         .folder = folder,
                                         .path = path,
                                         .owner = ::getpid(),
                                         .mutex = {},
                                         .last_id = parsed.last_id,
                                         .open = {},
                                         .torn = torn});
  for (const auto& entry : parsed.open) state->open.insert(entry.id);
  return std::shared_ptr<Journal>(new Journal(std::move(state)));
}

Journal::~Journal() {
  if (!owned_here() || !state_->open.empty()) return;
  // A file that stays holds no open entry, and the next recover removes it.
  static_cast<void>(os::remove_file(state_->path));
}

Result<std::uint64_t> Journal::note(const Undo& undo) {
  const std::lock_guard guard(state_->mutex);
  const auto id = state_->last_id + 1;
  auto line = entry_line({id, boot_time_ns(), undo});
  if (!line) return propagate(std::move(line));
  auto wrote = state_->file.append_line(state_->torn ? "\n" + *line : *line);
  state_->torn = !wrote;
  if (!wrote) {
    wrote.error().remedy = "free some space, or set FAULTLAB_STATE to a folder on another file system";
    return propagate(std::move(wrote), "note a change in the undo journal");
  }
  state_->last_id = id;
  state_->open.insert(id);
  return id;
}

void Journal::settled(std::uint64_t id) {
  const std::lock_guard guard(state_->mutex);
  const auto line = settled_line(id);
  // Where this cannot be written, recover takes the change back once more, which does no harm.
  const auto wrote = state_->file.append_line(state_->torn ? "\n" + line : line);
  state_->torn = !wrote;
  state_->open.erase(id);
}

bool Journal::owned_here() const { return state_->owner == ::getpid(); }

std::optional<pid_t> Journal::other_holder(const std::string& path) const {
  return host::other_holder(state_->folder, path);
}

std::string journal_folder() {
  if (const auto state = environment("FAULTLAB_STATE"); !state.empty()) return state;
  if (const auto state = environment("XDG_STATE_HOME"); !state.empty()) return state + "/faultlab";
  if (const auto home = environment("HOME"); !home.empty()) return home + "/.local/state/faultlab";
  return "/var/lib/faultlab";
}

}  // namespace faultlab::host
