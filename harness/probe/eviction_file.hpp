// The file of a trial's ledger: every page that came and went, in a fixed binary form
// (results/README.md, "The eviction file").
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "measure/ledger.hpp"
#include "os/fd.hpp"

namespace faultlab {

class EvictionFile {
 public:
  // Where the ledger of a trial belongs.
  static std::string path_in(const std::string& run_folder, std::uint32_t sequence);
  static Result<EvictionFile> create(const std::string& path, PageCount file_pages, std::uint64_t inode);

  // Streams; beyond kMostRecords nothing is written, and dropped() tells how many were not.
  Result<> append(const LedgerEvent& event);
  // Writes what is held back, and the header with the number of records. Once.
  Result<> finish(std::uint64_t window_begin_ns);
  std::uint64_t written() const { return records_; }
  std::uint64_t dropped() const { return dropped_; }

  static constexpr std::uint64_t kMostRecords = std::uint64_t{1} << 23;  // 192 MiB

 private:
  EvictionFile(os::Fd fd, std::string path, PageCount file_pages, std::uint64_t inode)
      : fd_(std::move(fd)), path_(std::move(path)), file_pages_(file_pages), inode_(inode) {}
  Result<> write_header(std::uint64_t window_begin_ns);
  Result<> flush();

  os::Fd fd_;
  std::string path_;
  PageCount file_pages_;
  std::uint64_t inode_;
  std::string held_;
  std::uint64_t records_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace faultlab
