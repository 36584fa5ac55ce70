// RLIMIT_NOFILE.
#include "os/file_limit.hpp"

#include <optional>

namespace faultlab::os {
namespace {

constexpr rlim_t kReserve = 64;

rlimit current() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

// Of the process; set once, before there is a second thread.
std::optional<rlimit>& before_raise() {
  static std::optional<rlimit> limit;
  return limit;
}

}  // namespace

void raise_file_limit() {
  if (!before_raise()) before_raise() = current();
  rlimit raised = current();
  raised.rlim_cur = raised.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &raised);
}

rlimit original_file_limit() { return before_raise().value_or(current()); }

bool leaves_too_few_files(int raw) { return static_cast<rlim_t>(raw) + kReserve >= current().rlim_cur; }

}  // namespace faultlab::os
