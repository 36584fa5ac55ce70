// read_bytes of /proc/self/io.
#include "scenario/task_reads.hpp"

#include <fmt/format.h>

#include "base/units.hpp"
#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::scenario {
namespace {

// Where a file's blocks lie is read from the device too, once its inode or its extent blocks have left
// memory, and counted to the task that asked (block/blk-core.c: submit_bio).
constexpr std::uint64_t kOfTheFileSystem = 16;

}  // namespace

std::optional<std::uint64_t> TaskReads::bytes_read() {
  const auto text = os::read_text("/proc/self/io");
  if (!text) return std::nullopt;
  return host::number_after(*text, "read_bytes");
}

std::optional<std::uint64_t> TaskReads::pages_read() const {
  const auto after = bytes_read();
  if (!after || !before_) return std::nullopt;
  return (*after - *before_) / kPage.value;
}

std::string TaskReads::complaint(std::uint64_t pages) const {
  const auto read = pages_read();
  if (!read || (*read >= pages && *read <= pages + kOfTheFileSystem)) return {};
  return fmt::format("{} pages were read from the device (/proc/self/io), not {}", *read, pages);
}

}  // namespace faultlab::scenario
