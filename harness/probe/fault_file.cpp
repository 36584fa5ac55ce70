// Writing fault traces.
#include "probe/fault_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cinttypes>
#include <cstdio>

#include "os/file.hpp"

namespace faultlab {
namespace {

static_assert(std::endian::native == std::endian::little, "records are written as they lie in memory");

constexpr std::size_t kMostPending = 8192;  // records; 256 KiB

void put(std::string& bytes, std::uint64_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string regions_text(const std::vector<Region>& regions) {
  std::string bytes;
  for (const Region& region : regions) {
    for (const std::uint64_t number :
         {region.begin, region.end, region.file_offset, region.inode, std::uint64_t{region.path.size()}}) {
      put(bytes, number);
    }
    bytes += region.path;
    bytes.append((8 - bytes.size() % 8) % 8, '\0');
  }
  return bytes;
}

}  // namespace

std::vector<Region> parse_maps(std::string_view text) {
  std::vector<Region> regions;
  while (!text.empty()) {
    const std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    // "7f10c0e00000-7f10c1000000 r--s 00000000 08:01 1311 /data/file" (proc(5))
    Region region;
    int path_at = 0;
    if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %*4c %" SCNx64 " %*[0-9a-f:] %" SCNu64 " %n",
                    &region.begin, &region.end, &region.file_offset, &region.inode, &path_at) < 4) {
      continue;
    }
    if (path_at > 0) region.path = line.substr(static_cast<std::size_t>(path_at));
    regions.push_back(std::move(region));
  }
  return regions;
}

Result<FaultFile> FaultFile::create(const std::string& path) {
  auto fd = os::open_fd(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!fd) return propagate(std::move(fd), "start a fault trace");
  FaultFile file(std::move(*fd), path);
  file.pending_.reserve(kMostPending);
  file.write(&file.header_, sizeof file.header_, 0);
  if (!file.state_) return propagate(std::move(file.state_));
  return file;
}

void FaultFile::append(const FaultRecord& record) {
  pending_.push_back(record);
  if (pending_.size() == kMostPending) write_records();
}

void FaultFile::flush(std::uint64_t window_begin_ns) {
  write_records();
  if (records_written_ == header_.records && window_begin_ns == header_.window_begin_ns) return;
  header_.records = records_written_;
  header_.window_begin_ns = window_begin_ns;
  write(&header_, sizeof header_, 0);
}

Result<> FaultFile::finish(FaultFileHeader header, const std::vector<Region>& regions) {
  write_records();
  header.records = records_written_;
  header.regions_at = sizeof header + records_written_ * sizeof(FaultRecord);
  header.regions = static_cast<std::uint32_t>(regions.size());
  const std::string bytes = regions_text(regions);
  write(bytes.data(), bytes.size(), header.regions_at);
  write(&header, sizeof header, 0);
  return state_;
}

void FaultFile::write_records() {
  write(pending_.data(), pending_.size() * sizeof(FaultRecord),
        sizeof header_ + records_written_ * sizeof(FaultRecord));
  records_written_ += pending_.size();
  pending_.clear();
}

void FaultFile::write(const void* from, std::size_t size, std::uint64_t at) {
  if (state_ && size > 0) state_ = os::write_at(fd_, from, size, at, path_);
}

}  // namespace faultlab
