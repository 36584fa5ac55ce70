// Mounts, noted before they are made.
#include "host/mount.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "host/mounts.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

// A child that was killed may hold files for a moment longer.
constexpr int kMountAttempts = 25;
constexpr auto kPause = std::chrono::milliseconds(20);

}  // namespace

Result<OwnedMount> OwnedMount::make(const std::string& point, const os::MountRequest& request,
                                    std::shared_ptr<Journal> journal) {
  auto folder = Change::note(journal, RemoveFolder{point});
  if (!folder) return propagate(std::move(folder));
  if (auto made = os::make_folders(point); !made) return propagate(std::move(made));
  auto mount = Change::note(std::move(journal), Unmount{point, request.source});
  if (!mount) return propagate(std::move(mount));
  if (auto mounted = os::mount_at(point, request); !mounted) return propagate(std::move(mounted));
  return OwnedMount(std::move(*folder), std::move(*mount), point);
}

Result<> remove_mount(const std::string& point, const std::string& source) {
  for (int attempt = 1;; ++attempt) {
    const auto all = mounts("");
    if (!all) return Failure(all.error());
    // Of several on one point, the last covers the others.
    const auto top =
        std::find_if(all->rbegin(), all->rend(), [&](const Mount& mount) { return mount.point == point; });
    if (top == all->rend()) return {};
    if (top->source != source) {
      return fail(
          fmt::format("unmount {}: {} is mounted there, which is not ours ({})", point, top->source, source),
          "unmount it, then run `faultlab recover`");
    }
    const bool last = attempt == kMountAttempts;
    auto done = os::unmount(point, last ? os::Detach::anyway : os::Detach::never);
    if (done || last || done.error().code != EBUSY) return done;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace faultlab::host
