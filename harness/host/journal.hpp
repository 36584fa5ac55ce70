// The undo journal: every change to the host is on the disk before it is made, so that `recover`
// can put it back after a SIGKILL or a power cut of the program.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "os/file.hpp"

namespace faultlab::host {

struct RemoveCgroup {
  std::string path;
};  // kill its members, then rmdir
struct WriteBack {
  std::string path, text;
};
struct RemoveFile {
  std::string path;
};
struct KillProcess {
  pid_t pid;
  std::uint64_t start_ticks;
};  // only while both still match
struct SwapOff {
  std::string path;
};
struct RemoveZram {
  unsigned number;
  std::string sequence;  // see remove_zram()
};
struct DetachLoop {
  unsigned number;
  std::string path;  // of the file that it lies over
};
struct Unmount {
  std::string path;    // where
  std::string source;  // what /proc/self/mountinfo calls it
};
struct RemoveFolder {
  std::string path;
};  // only an empty one
using Undo = std::variant<RemoveCgroup, WriteBack, RemoveFile, KillProcess, SwapOff, RemoveZram, DetachLoop,
                          Unmount, RemoveFolder>;

// One process's journal: `<folder>/undo-<boot id>-<pid>-<start ticks>.jsonl`. Removed by the
// destructor when every entry is settled.
class Journal {
 public:
  static Result<std::shared_ptr<Journal>> open(const std::string& folder);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Returns once the entry is on the disk. Call it before the change.
  Result<std::uint64_t> note(const Undo& undo);
  // The change has been taken back.
  void settled(std::uint64_t id);

  // False in a forked child: guards that it inherited leave the host to their owner.
  bool owned_here() const;
  // The pid of another running program that has changed the kernel file `path` and will put its old
  // text back: two such changes cannot be undone in the right order.
  std::optional<pid_t> other_holder(const std::string& path) const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The folder of journals: $FAULTLAB_STATE, else $XDG_STATE_HOME/faultlab, else
// ~/.local/state/faultlab, else /var/lib/faultlab for root without a home.
std::string journal_folder();

struct Recovered {
  std::string what;   // "removed cgroup .../trial-3"
  bool done = false;  // false: `what` says why not; the entry stays in the journal
};

// Replays, newest change first, the journals whose owner is dead. Journals of an earlier boot are
// replayed for files only: cgroups, processes and kernel settings did not survive the boot.
Result<std::vector<Recovered>> recover(const std::string& folder);

}  // namespace faultlab::host
