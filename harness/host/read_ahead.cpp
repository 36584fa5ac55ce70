// read_ahead_kb by device number.
#include "host/read_ahead.hpp"

#include <fmt/format.h>
#include <sys/sysmacros.h>

#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {

Result<PageCount> read_ahead(const os::Fd& file, const std::string& root) {
  const auto status = os::file_status(file);
  if (!status) return Failure(status.error());
  const auto bdi = fmt::format("{}:{}", major(status->device), minor(status->device));
  auto path = fmt::format("{}/sys/class/bdi/{}/read_ahead_kb", root, bdi);
  // A partition has its disk's.
  if (!os::exists(path)) path = fmt::format("{}/sys/dev/block/{}/../queue/read_ahead_kb", root, bdi);
  const auto text = os::read_text(path);
  if (!text) return Failure(text.error());
  const auto kib = to_number(trim(*text));
  if (!kib) return fail(path + " does not hold a number");
  return pages_floor(Bytes(*kib * 1024));
}

}  // namespace faultlab::host
