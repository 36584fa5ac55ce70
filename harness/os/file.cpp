// Whole-file operations on top of system calls.
#include "os/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace faultlab::os {
namespace {

FileStatus status_from(const struct stat& raw) {
  return {Bytes(static_cast<std::uint64_t>(raw.st_size)),
          Bytes(static_cast<std::uint64_t>(raw.st_blocks) * 512), raw.st_ino,
          raw.st_mtim.tv_sec * 1'000'000'000LL + raw.st_mtim.tv_nsec, raw.st_dev};
}

Result<> sync_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path().string();
  auto fd = open_fd(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  if (!fd) return propagate(std::move(fd));
  if (::fsync(fd->get()) != 0) return os_failure("fsync the folder of " + path);
  return {};
}

}  // namespace

Result<std::string> read_text(const std::string& path) {
  auto fd = open_fd(path, O_RDONLY);
  if (!fd) return propagate(std::move(fd));
  return read_all(*fd, "read " + path);
}

Result<> write_kernel_file(const std::string& path, std::string_view text) {
  auto fd = open_fd(path, O_WRONLY);
  if (!fd) return propagate(std::move(fd));
  const ssize_t wrote = ::write(fd->get(), text.data(), text.size());
  const std::string doing = "write " + std::string(text) + " to " + path;
  if (wrote < 0) return os_failure(doing);
  if (static_cast<std::size_t>(wrote) != text.size()) return fail(doing + ": only part was taken");
  return {};
}

Result<> replace_file(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  {
    auto fd = open_fd(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (!fd) return propagate(std::move(fd));
    if (auto wrote = write_all(*fd, text, "write " + temporary); !wrote) {
      ::unlink(temporary.c_str());
      return wrote;
    }
    if (::fsync(fd->get()) != 0) {
      auto failure = os_failure("fsync " + temporary);
      ::unlink(temporary.c_str());
      return failure;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return os_failure("rename to " + path);
  return sync_folder_of(path);
}

Result<AppendFile> AppendFile::open(const std::string& path) {
  auto fd = open_fd(path, O_WRONLY | O_CREAT | O_APPEND);
  if (!fd) return propagate(std::move(fd));
  if (auto synced = sync_folder_of(path); !synced) return propagate(std::move(synced));
  return AppendFile(std::move(*fd), path);
}

Result<> AppendFile::append_line(std::string_view line) {
  std::string whole(line);
  whole += '\n';
  if (auto wrote = write_all(fd_, whole, "append to " + path_); !wrote) return wrote;
  if (::fsync(fd_.get()) != 0) return os_failure("fsync " + path_);
  return {};
}

Result<FileStatus> file_status(const std::string& path) {
  struct stat raw {};
  if (::stat(path.c_str(), &raw) != 0) return os_failure("stat " + path);
  return status_from(raw);
}

Result<FileStatus> file_status(const Fd& fd) {
  struct stat raw {};
  if (::fstat(fd.get(), &raw) != 0) return os_failure("stat an open file");
  return status_from(raw);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<> make_folders(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) return fail("make folder " + path + ": " + code.message(), {}, code.value());
  return {};
}

Result<> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return os_failure("remove " + path);
  return {};
}

Result<> remove_folder(const std::string& path) {
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return os_failure("remove folder " + path);
  return {};
}

std::vector<std::string> folder_entries(const std::string& path) {
  std::vector<std::string> names;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(path, code)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<Space> space_at(const std::string& path) {
  struct statfs raw {};
  if (::statfs(path.c_str(), &raw) != 0) return os_failure("look at the file system of " + path);
  return Space{Bytes(raw.f_bavail * static_cast<std::uint64_t>(raw.f_bsize)),
               static_cast<std::int64_t>(raw.f_type)};
}

Result<> flush(std::FILE* stream) {
  if (std::fflush(stream) != 0) return os_failure("write what was printed");
  return {};
}

Result<> advise_file(const Fd& fd, int advice, const std::string& path) {
  const int code = ::posix_fadvise(fd.get(), 0, 0, advice);
  if (code != 0) return fail("advise " + path + ": " + std::generic_category().message(code), {}, code);
  return {};
}

Result<> sync_data(const Fd& fd, const std::string& path) {
  if (::fdatasync(fd.get()) != 0) return os_failure("fdatasync " + path);
  return {};
}

Result<> resize(const Fd& fd, Bytes size) {
  if (::ftruncate(fd.get(), static_cast<off_t>(size.value)) != 0) return os_failure("resize a file");
  return {};
}

Result<> allocate(const Fd& fd, Bytes size) {
  if (::fallocate(fd.get(), 0, 0, static_cast<off_t>(size.value)) != 0) {
    return os_failure("allocate the blocks of a file", "use a file system with fallocate(2)");
  }
  return {};
}

Result<> read_at(const Fd& fd, void* into, std::size_t size, std::uint64_t offset, const std::string& path) {
  auto* at = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t got = ::pread(fd.get(), at, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_failure("read " + path + " at " + std::to_string(offset));
    if (got == 0) return fail("read " + path + " at " + std::to_string(offset) + ": the file ends there");
    at += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return {};
}

Result<std::size_t> read_some(const Fd& fd, void* into, std::size_t size, const std::string& path) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(fd.get(), static_cast<char*>(into) + done, size - done, static_cast<off_t>(done));
    if (got < 0) return os_failure("read " + path);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<> write_at(const Fd& fd, const void* from, std::size_t size, std::uint64_t offset,
                  const std::string& path) {
  const auto* at = static_cast<const char*>(from);
  while (size > 0) {
    const ssize_t wrote = ::pwrite(fd.get(), at, size, static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return os_failure("write " + path + " at " + std::to_string(offset));
    at += wrote;
    offset += static_cast<std::uint64_t>(wrote);
    size -= static_cast<std::size_t>(wrote);
  }
  return {};
}

}  // namespace faultlab::os
