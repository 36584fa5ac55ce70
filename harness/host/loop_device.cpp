// Owned files and loop devices.
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "host/block_device.hpp"
#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

// Others may take the free device first.
constexpr int kBindAttempts = 8;

constexpr const char* kFullRemedy = "free space, choose a smaller size, or name another folder with --data";

Result<Change> note_read_ahead(unsigned number, const std::shared_ptr<Journal>& journal) {
  const std::string path = fmt::format("/sys/block/loop{}/queue/read_ahead_kb", number);
  const auto now = os::read_text(path);
  if (!now) return Failure(now.error());
  return Change::note(journal, WriteBack{path, std::string(trim(*now))});
}

}  // namespace

Result<OwnedFile> OwnedFile::make(const std::string& path, Bytes size, std::shared_ptr<Journal> journal) {
  auto change = Change::note(std::move(journal), RemoveFile{path});
  if (!change) return propagate(std::move(change));
  OwnedFile file(std::move(*change), path);
  auto fd = os::open_fd(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (!fd) return propagate(std::move(fd));
  if (auto allocated = os::allocate(*fd, size); !allocated) {
    if (allocated.error().code == ENOSPC) allocated.error().remedy = kFullRemedy;
    return propagate(std::move(allocated), fmt::format("make {} of {} bytes", path, size.value));
  }
  return file;
}

LoopDevice::LoopDevice(OwnedFile file, Change read_ahead, Change change, unsigned number)
    : file_(std::move(file)),
      read_ahead_(std::move(read_ahead)),
      change_(std::move(change)),
      path_(os::loop_path(number)) {
  // The kernel falls back to cached reads by itself (drivers/block/loop.c, lo_can_use_dio).
  const auto direct = os::read_text(fmt::format("/sys/block/loop{}/loop/dio", number));
  reads_ = direct && trim(*direct) == "1" ? os::LoopReads::direct : os::LoopReads::cached;
}

Result<LoopDevice> LoopDevice::over(OwnedFile file, os::LoopReads reads, std::shared_ptr<Journal> journal) {
  auto fd = os::open_fd(file.path(), O_RDWR);
  if (!fd) return propagate(std::move(fd));
  for (int attempt = 1;; ++attempt) {
    const auto number = os::free_loop_device();
    if (!number) return Failure(number.error());
    auto read_ahead = note_read_ahead(*number, journal);
    if (!read_ahead) return propagate(std::move(read_ahead));
    auto change = Change::note(journal, DetachLoop{*number, file.path()});
    if (!change) return propagate(std::move(change));
    auto bound = os::bind_loop(*number, *fd, file.path(), reads);
    if (bound) return LoopDevice(std::move(file), std::move(*read_ahead), std::move(*change), *number);
    if (bound.error().code != EBUSY || attempt == kBindAttempts) return propagate(std::move(bound));
  }
}

Result<> detach_loop(unsigned number, const std::string& file) {
  const auto lies_over = os::read_text(fmt::format("/sys/block/loop{}/loop/backing_file", number));
  // The kernel says so where the file has lost its name meanwhile.
  if (!lies_over || (trim(*lies_over) != file && trim(*lies_over) != file + " (deleted)")) return {};
  return os::clear_loop(number);
}

}  // namespace faultlab::host
