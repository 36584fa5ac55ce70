// Dataset files: creation, reuse, verification.
#include "dataset/dataset.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "catalogue/names.hpp"
#include "dataset/content.hpp"
#include "os/file.hpp"

namespace faultlab::dataset {
namespace {

using nlohmann::json;

std::string note_path(const std::string& path) { return path + ".json"; }

json note_of(const config::Dataset& dataset, const os::FileStatus& status) {
  return {{"size", dataset.size.value},
          {"seed", dataset.seed},
          {"write_chunk", dataset.write_chunk.value},
          {"inode", status.inode},
          {"modified_ns", status.modified_ns}};
}

bool noted(const config::Dataset& dataset, const std::string& path, const os::FileStatus& status) {
  const auto text = os::read_text(note_path(path));
  return text && json::parse(*text, nullptr, false) == note_of(dataset, status);
}

bool whole_content_matches(const config::Dataset& dataset, const std::string& path) {
  auto fd = os::open_fd(path, O_RDONLY);
  if (!fd) return false;
  std::vector<std::uint64_t> words(kWordsPerPage * 256);
  const std::uint64_t step = words.size() * sizeof(std::uint64_t);
  for (std::uint64_t at = 0; at < dataset.size.value; at += step) {
    const std::uint64_t size = std::min(step, dataset.size.value - at);
    words.resize(size / sizeof(std::uint64_t));
    if (!os::read_at(*fd, words.data(), size, at, path)) return false;
    const std::uint64_t sum = std::accumulate(words.begin(), words.end(), std::uint64_t{0});
    if (sum != expected_checksum(dataset.spec(), at, Bytes(size), true)) return false;
  }
  return true;
}

Result<> write_note(const config::Dataset& dataset, const std::string& path) {
  auto status = os::file_status(path);
  if (!status) return propagate(std::move(status));
  return os::replace_file(note_path(path), note_of(dataset, *status).dump() + "\n");
}

// True when the file can be used as it is.
bool intact(const config::Dataset& dataset, const std::string& path) {
  if (!whole(dataset, path)) return false;
  const auto status = os::file_status(path);
  if (!status) return false;
  if (noted(dataset, path, *status)) return true;
  return whole_content_matches(dataset, path) && write_note(dataset, path);
}

constexpr const char* kFullRemedy =
    "choose a smaller dataset.size, free space, or name another folder with --data";

Result<> check_space(const config::Dataset& dataset, const std::string& folder, Bytes reserve) {
  if (dataset.content == Content::sparse) return {};
  auto space = os::space_at(folder);
  if (!space) return propagate(std::move(space));
  if (space->free >= dataset.size + reserve) return {};
  return fail(
      fmt::format("make a dataset of {} bytes in {}: only {} bytes are free, and {} are kept in reserve",
                  dataset.size.value, folder, space->free.value, reserve.value),
      kFullRemedy, ENOSPC);
}

Result<> write_content(const config::Dataset& dataset, const std::string& path,
                       const std::function<bool()>& interrupted) {
  auto fd = os::open_fd(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!fd) return propagate(std::move(fd));
  if (dataset.content == Content::sparse) return os::resize(*fd, dataset.size);
  std::vector<std::byte> chunk(dataset.write_chunk.value);
  for (std::uint64_t at = 0; at < dataset.size.value; at += chunk.size()) {
    if (interrupted()) return fail("make the dataset " + path + ": interrupted");
    const std::uint64_t size = std::min<std::uint64_t>(chunk.size(), dataset.size.value - at);
    fill_content(dataset.spec(), at, {chunk.data(), size});
    if (auto wrote = os::write_at(*fd, chunk.data(), size, at, path); !wrote) return wrote;
  }
  return os::sync_data(*fd, path);
}

}  // namespace

bool whole(const config::Dataset& dataset, const std::string& path) {
  const auto status = os::file_status(path);
  if (!status || status->size != dataset.size) return false;
  return dataset.content == Content::sparse ? status->allocated == Bytes(0)
                                            : status->allocated >= dataset.size;
}

std::string why_unreadable(const std::string& path, Bytes size, std::uint64_t offset) {
  auto fd = os::open_fd(path, O_RDONLY);
  if (!fd) return fd.error().what;
  const auto status = os::file_status(*fd);
  if (!status) return status.error().what;
  if (status->size < size) {
    return fmt::format("the file is shorter than it was: {} bytes now, {} when it was made",
                       status->size.value, size.value);
  }
  std::array<std::byte, kPage.value> page{};
  const auto read = os::read_at(*fd, page.data(), page.size(), offset / kPage.value * kPage.value, path);
  return read ? "it can be read now" : "the device failed to read: " + read.error().what;
}

std::string path_of(const config::Dataset& dataset, const std::string& folder) {
  return fmt::format("{}/{}-{}-seed{}-chunk{}.dat", folder, to_string(dataset.content), dataset.size.value,
                     dataset.seed, dataset.write_chunk.value);
}

Result<Ensured> ensure(const config::Dataset& dataset, const std::string& folder, Bytes reserve,
                       const std::shared_ptr<host::Journal>& journal,
                       const std::function<bool()>& interrupted) {
  if (auto made = os::make_folders(folder); !made) return propagate(std::move(made));
  const std::string path = path_of(dataset, folder);
  if (intact(dataset, path)) return Ensured{path, true};
  if (auto removed = os::remove_file(path); !removed) return propagate(std::move(removed));
  if (auto space = check_space(dataset, folder, reserve); !space) return propagate(std::move(space));

  // Under another name until it is whole, so that a file with the final name is never half-written.
  const std::string partial = path + ".partial";
  auto entry = journal->note(host::RemoveFile{partial});
  if (!entry) return propagate(std::move(entry));
  auto wrote = write_content(dataset, partial, interrupted);
  if (wrote && ::rename(partial.c_str(), path.c_str()) != 0) wrote = os::os_failure("rename " + partial);
  if (wrote) wrote = write_note(dataset, path);
  if (!wrote) {
    if (os::remove_file(partial)) journal->settled(*entry);
    if (wrote.error().code == ENOSPC) wrote.error().remedy = kFullRemedy;
    return propagate(std::move(wrote),
                     fmt::format("make a dataset of {} bytes in {}", dataset.size.value, folder));
  }
  journal->settled(*entry);
  return Ensured{path, false};
}

}  // namespace faultlab::dataset
