// Whole-file operations: the short texts of /proc and /sys, and files that must survive a crash.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

Result<std::string> read_text(const std::string& path);

// One write(2) on an existing file, as kernel files demand: a buffered write reports EINVAL only at
// close, when nobody looks.
Result<> write_kernel_file(const std::string& path, std::string_view text);

// Creates or replaces a file so that a crash leaves the old or the new one, never a part: temporary
// name, fsync, rename(2), fsync of the folder.
Result<> replace_file(const std::string& path, std::string_view text);

// A file that grows a line at a time, each on the disk before the call returns.
class AppendFile {
 public:
  static Result<AppendFile> open(const std::string& path);
  Result<> append_line(std::string_view line);

 private:
  AppendFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Fd fd_;
  std::string path_;
};

struct FileStatus {
  Bytes size;
  Bytes allocated;  // st_blocks * 512: less than size where there are holes
  std::uint64_t inode = 0;
  std::int64_t modified_ns = 0;
  dev_t device = 0;
};
Result<FileStatus> file_status(const std::string& path);
Result<FileStatus> file_status(const Fd& fd);
bool exists(const std::string& path);

// mkdir -p; unlink or rmdir; all of them name the path in their errors.
Result<> make_folders(const std::string& path);
Result<> remove_file(const std::string& path);                     // an absent file is no error
Result<> remove_folder(const std::string& path);                   // rmdir(2); an absent folder is no error
std::vector<std::string> folder_entries(const std::string& path);  // sorted names; empty if absent

struct Space {
  Bytes free;  // to an unprivileged user
  std::int64_t file_system_magic = 0;
};
Result<Space> space_at(const std::string& path);

// fflush(3): an error where what was printed cannot be delivered.
Result<> flush(std::FILE* stream);

// posix_fadvise(2) on a whole file.
Result<> advise_file(const Fd& fd, int advice, const std::string& path);
Result<> sync_data(const Fd& fd, const std::string& path);
// ftruncate(2): the new part is a hole. fallocate(2): blocks without data, which read as zeros.
Result<> resize(const Fd& fd, Bytes size);
Result<> allocate(const Fd& fd, Bytes size);
// pread(2)/pwrite(2) of the whole span; a short read is an error.
Result<> read_at(const Fd& fd, void* into, std::size_t size, std::uint64_t offset, const std::string& path);
// As much as there is, up to `size`: for kernel files that are made anew by each read. Allocates nothing.
Result<std::size_t> read_some(const Fd& fd, void* into, std::size_t size, const std::string& path);
Result<> write_at(const Fd& fd, const void* from, std::size_t size, std::uint64_t offset,
                  const std::string& path);

}  // namespace faultlab::os
