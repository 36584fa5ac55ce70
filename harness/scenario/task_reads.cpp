// read_bytes of /proc/self/io.
#include "scenario/task_reads.hpp"

#include <fmt/format.h>

#include "base/units.hpp"
#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::scenario {

std::optional<std::uint64_t> TaskReads::bytes_read() {
  const auto text = os::read_text("/proc/self/io");
  if (!text) return std::nullopt;
  return host::number_after(*text, "read_bytes");
}

std::optional<std::uint64_t> TaskReads::pages() const {
  const auto after = bytes_read();
  if (!after || !before_) return std::nullopt;
  return (*after - *before_) / kPage.value;
}

std::string TaskReads::complaint(std::uint64_t pages) const {
  const auto read = this->pages();
  if (!read || *read == pages) return {};
  return fmt::format("{} pages were read from the device (/proc/self/io), not {}", *read, pages);
}

}  // namespace faultlab::scenario
