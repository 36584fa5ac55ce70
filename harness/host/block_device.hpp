// Block devices that a trial or a run makes for itself: loop devices and zram.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/units.hpp"
#include "host/change.hpp"
#include "os/loop_device.hpp"

namespace faultlab::host {

// A file of our own, removed by the destructor. The blocks are allocated: a hole is no place to swap to.
class OwnedFile {
 public:
  static Result<OwnedFile> make(const std::string& path, Bytes size, std::shared_ptr<Journal> journal);
  const std::string& path() const { return path_; }

 private:
  OwnedFile(Change change, std::string path) : change_(std::move(change)), path_(std::move(path)) {}
  Change change_;
  std::string path_;
};

// A loop device over a file that it owns; the destructor detaches it, gives its read-ahead back, then the
// file goes. (The device stays; with a file below it, the kernel sets its read-ahead by that file's device:
// queue_limits, block/blk-settings.c.)
class LoopDevice {
 public:
  static Result<LoopDevice> over(OwnedFile file, os::LoopReads reads, std::shared_ptr<Journal> journal);
  const std::string& path() const { return path_; }
  os::LoopReads reads() const { return reads_; }  // as the kernel has it

 private:
  LoopDevice(OwnedFile file, Change read_ahead, Change change, unsigned number);
  OwnedFile file_;
  Change read_ahead_;
  Change change_;
  std::string path_;
  os::LoopReads reads_;
};

// A zram device, hot-added and removed (Documentation/admin-guide/blockdev/zram.rst).
class ZramDevice {
 public:
  // An empty algorithm: the kernel's own choice.
  static Result<ZramDevice> add(Bytes size, const std::string& algorithm, std::shared_ptr<Journal> journal);
  const std::string& path() const { return path_; }
  const std::string& algorithm() const { return algorithm_; }  // as the kernel has it

 private:
  ZramDevice(Change change, std::string path, std::string algorithm)
      : change_(std::move(change)), path_(std::move(path)), algorithm_(std::move(algorithm)) {}
  Change change_;
  std::string path_;
  std::string algorithm_;
};

// What the take_back of a journal entry does; without harm where nothing is left to do.
// `sequence` is the device's own (/sys/block/zramN/diskseq): a number that came back with another is somebody
// else's. Empty: not known yet, so that only a device which was never set up is removed.
Result<> remove_zram(unsigned number, const std::string& sequence);
// Only while the device still lies over that file.
Result<> detach_loop(unsigned number, const std::string& file);

}  // namespace faultlab::host
