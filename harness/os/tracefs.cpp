// tracefs without a mount point.
#include "os/tracefs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "os/fd.hpp"

namespace faultlab::os {
namespace {

constexpr const char* kRemedy =
    "tracepoints need root (CAP_PERFMON and CAP_SYS_ADMIN) and a kernel with CONFIG_TRACING";

// A tracefs of our own that hangs nowhere in the tree and vanishes with its descriptor.
Result<Fd> detached_tracefs() {
  const Fd context(static_cast<int>(::syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC)));
  if (!context.held()) return os_failure("open tracefs", kRemedy);
  if (::syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return os_failure("set up tracefs", kRemedy);
  }
  Fd mount(static_cast<int>(::syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, 0)));
  if (!mount.held()) return os_failure("mount tracefs, detached", kRemedy);
  return mount;
}

Result<Fd> tracefs_root() {
  for (const char* place : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    if (::access(fmt::format("{}/events", place).c_str(), R_OK | X_OK) == 0) {
      return open_fd(place, O_RDONLY | O_DIRECTORY);
    }
  }
  return detached_tracefs();
}

Result<std::string> read_below(const Fd& root, const std::string& path) {
  const Fd fd(::openat(root.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.held()) return os_failure("open tracefs " + path, kRemedy);
  return read_all(fd, "read tracefs " + path);
}

}  // namespace

std::uint64_t Tracepoint::value(std::string_view field, const std::byte* raw) const {
  const TracepointField& at = fields.find(field)->second;
  std::uint64_t value = 0;  // little-endian: the low bytes come first
  std::memcpy(&value, raw + at.offset, std::min(at.size, sizeof value));
  return value;
}

Result<Tracepoint> parse_tracepoint(const std::string& name, std::string_view format) {
  Tracepoint tracepoint{name, 0, {}};
  while (!format.empty()) {
    const std::string line(format.substr(0, format.find('\n')));
    format.remove_prefix(std::min(format.size(), line.size() + 1));
    unsigned long id = 0;
    if (std::sscanf(line.c_str(), "ID: %lu", &id) == 1) tracepoint.id = id;
    // "	field:unsigned long pfn;	offset:8;	size:8;	signed:0;"
    const auto begin = line.find("field:");
    const auto end = line.find(';');
    if (begin == std::string::npos || end == std::string::npos) continue;
    TracepointField field;
    if (std::sscanf(line.c_str() + end, "; offset:%zu; size:%zu;", &field.offset, &field.size) != 2) continue;
    std::string declared = line.substr(begin, end - begin);
    if (const auto bracket = declared.find('['); bracket != std::string::npos) declared.resize(bracket);
    tracepoint.fields.emplace(declared.substr(declared.find_last_of(" *:") + 1), field);
  }
  if (tracepoint.id == 0) return fail("the format of the tracepoint " + name + " has no ID");
  return tracepoint;
}

Result<Tracepoint> find_tracepoint(const std::string& group, const std::string& event) {
  auto root = tracefs_root();
  if (!root) return propagate(std::move(root));
  const auto format = read_below(*root, fmt::format("events/{}/{}/format", group, event));
  if (!format) return Failure(format.error());
  return parse_tracepoint(group + ":" + event, *format);
}

}  // namespace faultlab::os
