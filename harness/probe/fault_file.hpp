// The file of a fault trace, as results/README.md describes it byte by byte; plots/fault_trace.py reads it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab {

// All numbers are little-endian, as on every machine that faultlab runs on.
struct FaultFileHeader {
  std::array<char, 8> magic = {'F', 'L', 'F', 'A', 'U', 'L', 'T', '1'};
  std::uint32_t version = 1;
  std::uint32_t record_size = 32;
  std::uint64_t records = 0;
  std::uint64_t lost = 0;             // counted, but not in the file; known once it is complete
  std::uint64_t window_begin_ns = 0;  // 0: the window had not opened
  std::uint64_t window_end_ns = 0;    // 0: it had not closed
  std::uint64_t regions_at = 0;       // byte offset of the regions; 0: the file is incomplete
  std::uint32_t regions = 0;
  std::uint32_t page_size = 4096;
  std::uint32_t clock = 1;  // CLOCK_MONOTONIC
  std::uint32_t process = 0;
  std::uint32_t flags = 0;
  std::array<std::uint32_t, 13> reserved{};
};
static_assert(sizeof(FaultFileHeader) == 128 && std::is_trivially_copyable_v<FaultFileHeader>);

inline constexpr std::uint32_t kUserModeOnly = 1;      // kernel mode was closed to the user
inline constexpr std::uint32_t kFirstThreadsOnly = 2;  // without threads and programs started in the window

enum class FaultKind : std::uint8_t { minor, major };
enum class FaultMode : std::uint8_t { user, kernel };

struct FaultRecord {
  std::uint64_t time_ns = 0;  // when the kernel had finished the fault
  std::uint64_t address = 0;
  std::uint64_t instruction = 0;
  std::uint32_t thread = 0;
  FaultKind kind = FaultKind::minor;
  FaultMode mode = FaultMode::user;
  std::uint16_t cpu = kNoCpu;

  static constexpr std::uint16_t kNoCpu = 0xFFFF;
};
static_assert(sizeof(FaultRecord) == 32 && std::is_trivially_copyable_v<FaultRecord>);

// A line of /proc/PID/maps.
struct Region {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t file_offset = 0;
  std::uint64_t inode = 0;
  std::string path = {};  // as the kernel writes it: also "[heap]", or empty

  bool operator==(const Region&) const = default;
};
std::vector<Region> parse_maps(std::string_view text);

// Written as the trace goes on, in bounded memory. A writer that is killed leaves whole records behind a
// header that says how many, and that there are no regions.
class FaultFile {
 public:
  static Result<FaultFile> create(const std::string& path);

  // The first error stands: nothing is written after it.
  void append(const FaultRecord& record);
  // Hands to the kernel what was appended, and the header's own numbers before that.
  void flush(std::uint64_t window_begin_ns);
  // Adds the regions and makes the file complete.
  Result<> finish(FaultFileHeader header, const std::vector<Region>& regions);

 private:
  FaultFile(os::Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  void write(const void* from, std::size_t size, std::uint64_t at);
  void write_records();

  os::Fd fd_;
  std::string path_;
  FaultFileHeader header_;
  std::uint64_t records_written_ = 0;
  std::vector<FaultRecord> pending_;
  Result<> state_;
};

}  // namespace faultlab
