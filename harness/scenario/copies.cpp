// Scenarios in which the kernel touches user memory: by copying, which traps in kernel mode, and by
// pinning pages (get_user_pages), which does not trap.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "host/kernel_release.hpp"
#include "os/file.hpp"
#include "scenario/ground.hpp"

namespace faultlab {
namespace {

using namespace scenario;

// Linux 6.16 (mm/filemap.c, generic_perform_write): prefaulting left the hot path.
constexpr host::KernelRelease kCopiesFirst{6, 16};
constexpr std::uint64_t kChunk = 16;  // pages per call: what a pipe holds

Result<> open_into(os::Fd& fd, const char* path, int flags) {
  auto opened = os::open_fd(path, flags);
  if (!opened) return propagate(std::move(opened));
  fd = std::move(*opened);
  return {};
}

Result<> touched_buffer(Stand& s, std::uint64_t pages) {
  auto reserved = os::AnonRegion::reserve(PageCount(pages));
  if (!reserved) return propagate(std::move(reserved));
  s.other = std::move(*reserved);
  if (auto mapped = s.other.map(0, pages, kReadWrite); !mapped) return mapped;
  write_pages(s.other.at(), pages);
  return {};
}

bool whole(ssize_t done, std::uint64_t pages) { return done == static_cast<ssize_t>(pages * kPageSize); }

constexpr Recipe kCopyOut = {.prepare = [](Stand& s) -> Result<> {
                               if (auto opened = open_into(s.fd, "/dev/zero", O_RDONLY); !opened)
                                 return opened;
                               return s.small_pages();
                             },
                             .act = [](Stand& s) -> Result<> {
                               if (!whole(::read(s.fd.get(), s.region.at(), s.pages * kPageSize), s.pages))
                                 return os::os_failure("read /dev/zero");
                               return {};
                             },
                             .forecast = [](const Stand& s) -> Result<Forecast> {
                               return in_kernel_mode(
                                   s.pages, "read(2) copies to untouched pages: each traps in kernel mode");
                             }};

// A pipe copies with page faults enabled, a page at a time (fs/pipe.c).
constexpr Recipe kCopyIn = {
    .prepare = [](Stand& s) -> Result<> {
      auto pipe = os::make_pipe();
      if (!pipe) return propagate(std::move(pipe));
      s.fd = std::move(pipe->read_end);
      s.fd2 = std::move(pipe->write_end);
      if (auto made = touched_buffer(s, kChunk); !made) return made;
      return s.small_pages();
    },
    .act = [](Stand& s) -> Result<> {
      for (std::uint64_t page = 0; page < s.pages; page += kChunk) {
        if (!whole(::write(s.fd2.get(), s.region.at(page), kChunk * kPageSize), kChunk) ||
            !whole(::read(s.fd.get(), s.other.at(), kChunk * kPageSize), kChunk)) {
          return os::os_failure("pass pages through a pipe");
        }
      }
      return {};
    },
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return in_kernel_mode(s.pages, "write(2) copies from untouched pages: each traps in kernel mode");
    }};

constexpr Recipe kCopyInAtomic = {
    .prepare = [](Stand& s) -> Result<> {
      auto memory = os::make_memfd("faultlab-scenario", Bytes(0));
      if (!memory) return propagate(std::move(memory));
      s.fd = std::move(*memory);
      return s.small_pages();
    },
    .act = [](Stand& s) -> Result<> {
      if (!whole(::write(s.fd.get(), s.region.at(), s.pages * kPageSize), s.pages))
        return os::os_failure("write shared memory");
      return {};
    },
    .forecast = [](const Stand& s) -> Result<Forecast> {
      const auto release = host::kernel_release();
      if (!release) return Failure(release.error());
      Forecast forecast =
          in_kernel_mode(s.pages, "write(2) faults each page in before it copies with faults disabled");
      if (*release < kCopiesFirst) return forecast;
      forecast.failed_copies = signed_count(s.pages);
      forecast.rule =
          "write(2) copies with faults disabled, fails, and only then faults the page in (Linux 6.16)";
      return forecast;
    }};

constexpr Recipe kPin = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = touched_buffer(s, s.pages); !made) return made;
      return s.small_pages();
    },
    .act = [](Stand& s) -> Result<> {
      const iovec to{s.other.at(), s.pages * kPageSize};
      const iovec from{s.region.at(), s.pages * kPageSize};
      if (!whole(::process_vm_readv(::getpid(), &to, 1, &from, 1, 0), s.pages))
        return os::os_failure("process_vm_readv");
      return {};
    },
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return without_trap(
          s.pages, "process_vm_readv(2) pins the other side's pages without a trap (mm/process_vm_access.c)");
    }};

// The file's blocks are written, not holes: a hole is read by filling with zeros, which is copying.
constexpr Recipe kDirectRead = {
    .prepare = [](Stand& s) -> Result<> {
      const auto space = os::space_at(s.folder);
      if (!space) return Failure(space.error());
      if (space->file_system_magic == TMPFS_MAGIC) {
        return fail(s.folder + " lies in memory: O_DIRECT copies there", "choose a folder on a disk: --data",
                    EOPNOTSUPP);
      }
      if (auto made = touched_buffer(s, s.pages); !made) return made;
      const std::string path = s.folder;
      if (auto opened = open_into(s.fd, path.c_str(), O_RDWR | O_TMPFILE); !opened) return opened;
      if (auto wrote = os::write_at(s.fd, s.other.at(), s.pages * kPageSize, 0, path); !wrote) return wrote;
      if (auto synced = os::sync_data(s.fd, path); !synced) return synced;
      if (::fcntl(s.fd.get(), F_SETFL, O_DIRECT) != 0) {
        return os::os_failure("read " + path + " past the page cache", "choose a folder on a disk: --data");
      }
      return s.small_pages();
    },
    .act = [](Stand& s) -> Result<> {
      if (!whole(::pread(s.fd.get(), s.region.at(), s.pages * kPageSize, 0), s.pages))
        return os::os_failure("read directly");
      return {};
    },
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return without_trap(s.pages, "O_DIRECT pins the buffer's pages without a trap (iov_iter_get_pages)");
    }};

}  // namespace

extern const ScenarioSpec copy_to_user_scenario;
extern const ScenarioSpec copy_from_user_scenario;
extern const ScenarioSpec copy_from_user_atomic_scenario;
extern const ScenarioSpec pin_remote_scenario;
extern const ScenarioSpec direct_read_scenario;
const ScenarioSpec copy_to_user_scenario = {
    {.name = "copy_to_user", .summary = "read(2) into untouched memory"}, true, from_recipe<kCopyOut>};
const ScenarioSpec copy_from_user_scenario = {
    {.name = "copy_from_user", .summary = "write(2) from untouched memory into a pipe"},
    true,
    from_recipe<kCopyIn>};
const ScenarioSpec copy_from_user_atomic_scenario = {
    {.name = "copy_from_user_atomic", .summary = "write(2) from untouched memory into the page cache"},
    true,
    from_recipe<kCopyInAtomic>};
const ScenarioSpec pin_remote_scenario = {
    {.name = "pin_remote", .summary = "process_vm_readv from untouched memory"}, true, from_recipe<kPin>};
const ScenarioSpec direct_read_scenario = {
    {.name = "direct_read", .summary = "O_DIRECT read into untouched memory"},
    true,
    from_recipe<kDirectRead>};

}  // namespace faultlab
