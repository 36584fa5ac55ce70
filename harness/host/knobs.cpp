// Knobs: their files, and the guard that puts them back.
#include "host/knobs.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "host/facts.hpp"
#include "host/place.hpp"
#include "host/text.hpp"
#include "host/undo.hpp"
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

Result<std::string> path_by_name(const std::string& name, const std::string& data_path,
                                 const std::string& root) {
  if (name == "swappiness") return root + "/proc/sys/vm/swappiness";
  if (name == "page_cluster") return root + "/proc/sys/vm/page-cluster";
  if (name == "task_delayacct") return root + "/proc/sys/kernel/task_delayacct";
  if (name == "thp") return root + "/sys/kernel/mm/transparent_hugepage/enabled";
  if (name == "thp_64k") return root + "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled";
  if (name == "huge_page_pool") return root + "/proc/sys/vm/nr_hugepages";
  if (name == "read_ahead_kb") return read_ahead_path(data_path, root);
  return fail("no file is known for it", "`faultlab list knobs` lists them");
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
  auto entry = journal->note(WriteBack{*path, *old});
  if (!entry) return propagate(std::move(entry), task);
  KnobGuard guard(*path, *old, journal, *entry);
  // On failure the guard's destructor writes the old value back.
  if (auto changed = change(*path, value); !changed) return propagate(std::move(changed), task);
  return guard;
}

KnobGuard::KnobGuard(std::string path, std::string old, std::shared_ptr<Journal> journal, std::uint64_t entry)
    : path_(std::move(path)), old_(std::move(old)), journal_(std::move(journal)), entry_(entry) {}

KnobGuard::KnobGuard(KnobGuard&&) noexcept = default;

KnobGuard::~KnobGuard() {
  if (journal_ == nullptr || !journal_->owned_here()) return;
  // What cannot be written now stays in the journal, and `faultlab recover` tries again.
  if (take_back(WriteBack{path_, old_})) journal_->settled(entry_);
}

}  // namespace faultlab::host
