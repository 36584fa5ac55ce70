// Which kernel this is, as far as its fault rows go.
#include "probe/fault_rows.hpp"

#include <sys/utsname.h>

#include <cstdio>

namespace faultlab {

bool pgfault_counts_retries() {
  utsname kernel{};
  int major = 0;
  int minor = 0;
  if (::uname(&kernel) != 0 || std::sscanf(kernel.release, "%d.%d", &major, &minor) != 2) return true;
  return major < 6 || (major == 6 && minor < 4);
}

std::string retry_note() {
  return pgfault_counts_retries() ? "this kernel's pgfault counts retried passes too: an upper bound" : "";
}

}  // namespace faultlab
