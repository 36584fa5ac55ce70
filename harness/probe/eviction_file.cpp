// The eviction file, written as it grows.
#include "probe/eviction_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "os/file.hpp"

namespace faultlab {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is little-endian, like every host here");

struct Header {
  char magic[8] = {'F', 'L', 'E', 'V', 'I', 'C', 'T', '1'};
  std::uint32_t version = 1;
  std::uint32_t record_size = 24;
  std::uint64_t records = 0;
  std::uint64_t window_begin_ns = 0;
  std::uint64_t file_pages = 0;
  std::uint64_t inode = 0;
  std::uint64_t reserved[2] = {};
};
static_assert(sizeof(Header) == 64);

struct FileRecord {
  std::uint64_t time_ns;
  std::uint64_t page;
  std::uint32_t pages;
  std::uint8_t kind;
  std::uint8_t mover;
  std::uint16_t cpu;
};
static_assert(sizeof(FileRecord) == 24);

constexpr std::size_t kHeldBytes = std::size_t{1} << 18;

}  // namespace

std::string EvictionFile::path_in(const std::string& run_folder, std::uint32_t sequence) {
  return fmt::format("{}/evictions/{:05}.evictions", run_folder, sequence);
}

Result<EvictionFile> EvictionFile::create(const std::string& path, PageCount file_pages,
                                          std::uint64_t inode) {
  if (auto made = os::make_folders(path.substr(0, path.rfind('/'))); !made) return propagate(std::move(made));
  auto fd = os::open_fd(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!fd) return propagate(std::move(fd));
  EvictionFile file(std::move(*fd), path, file_pages, inode);
  file.held_.assign(sizeof(Header), '\0');
  // Valid from the beginning: a reader of a file that was never closed finds its records by its size.
  if (auto flushed = file.flush(); !flushed) return propagate(std::move(flushed));
  if (auto written = file.write_header(0); !written) return propagate(std::move(written));
  return file;
}

Result<> EvictionFile::append(const LedgerEvent& event) {
  if (records_ == kMostRecords) {
    ++dropped_;
    return {};
  }
  const FileRecord record{event.time_ns,
                          event.page.value,
                          static_cast<std::uint32_t>(event.pages.value),
                          static_cast<std::uint8_t>(event.kind),
                          static_cast<std::uint8_t>(event.mover),
                          event.cpu};
  held_.append(reinterpret_cast<const char*>(&record), sizeof record);
  ++records_;
  return held_.size() < kHeldBytes ? Result<>{} : flush();
}

Result<> EvictionFile::finish(std::uint64_t window_begin_ns) {
  if (auto flushed = flush(); !flushed) return flushed;
  return write_header(window_begin_ns);
}

Result<> EvictionFile::flush() {
  auto written = os::write_all(fd_, held_, "write " + path_);
  held_.clear();
  return written;
}

Result<> EvictionFile::write_header(std::uint64_t window_begin_ns) {
  Header header;
  header.records = records_;
  header.window_begin_ns = window_begin_ns;
  header.file_pages = file_pages_.value;
  header.inode = inode_;
  return os::write_at(fd_, &header, sizeof header, 0, path_);
}

}  // namespace faultlab
