// Files found, and brought to a state one after the other.
#include "dataset/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "dataset/dataset.hpp"
#include "os/file.hpp"

namespace faultlab::dataset {
namespace {

namespace fs = std::filesystem;

// Each is opened and asked before and after every trial.
constexpr std::size_t kMostFiles = 65536;

// A symbolic link below a folder is not followed: it may lead to anything.
Result<> add_folder(const std::string& folder, std::vector<std::string>& paths) {
  std::vector<std::string> below;
  std::error_code error;
  for (fs::recursive_directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error)) {
    std::error_code gone;
    if (!each->is_symlink(gone) && each->is_regular_file(gone)) below.push_back(each->path().string());
  }
  if (error) return fail("list " + folder + ": " + error.message(), "make it readable to this user");
  std::sort(below.begin(), below.end());
  paths.insert(paths.end(), below.begin(), below.end());
  return {};
}

}  // namespace

Result<std::vector<DataFile>> find_files(const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status)) {
      if (auto added = add_folder(path, found); !added) return propagate(std::move(added));
    } else if (fs::is_regular_file(status)) {
      found.push_back(path);
    } else {
      return fail(path + (fs::exists(status) ? " is neither a file nor a folder" : " is not there"),
                  "name in workload.files what workload.prepare makes, or what is there already");
    }
  }
  std::vector<DataFile> files;
  std::set<std::pair<dev_t, std::uint64_t>> seen;  // a file can have two names
  for (const std::string& path : found) {
    const auto status = os::file_status(path);
    if (!status) return Failure(status.error());
    if (status->size > Bytes(0) && seen.emplace(status->device, status->inode).second) {
      files.push_back({path, status->size});
    }
  }
  if (files.empty()) return fail("workload.files names no file that holds anything", "name another");
  if (files.size() > kMostFiles) {
    return fail(fmt::format("workload.files are {} files, more than {}", files.size(), kMostFiles),
                "name those that matter");
  }
  return files;
}

Bytes total_size(std::span<const DataFile> files) {
  Bytes total;
  for (const DataFile& file : files) total = total + file.size;
  return total;
}

PageCount total_pages(std::span<const DataFile> files) {
  PageCount total;
  for (const DataFile& file : files) total = total + pages_ceil(file.size);
  return total;
}

Result<> drop(std::span<const DataFile> files) {
  for (const DataFile& file : files) {
    if (auto dropped = drop(file.path); !dropped) return dropped;
  }
  return {};
}

Result<> warm(std::span<const DataFile> files, Bytes write_chunk, int passes) {
  for (const DataFile& file : files) {
    if (auto warmed = warm(file.path, file.size, write_chunk, passes); !warmed) return warmed;
  }
  return {};
}

Value resident_pages(std::span<const DataFile> files) {
  Value total = Value::count(0);
  for (const DataFile& file : files) total = total + resident_pages(file.path).value;
  return total;
}

}  // namespace faultlab::dataset
