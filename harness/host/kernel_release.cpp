// Parsing of the kernel's release.
#include "host/kernel_release.hpp"

#include <string>

#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {

Result<KernelRelease> parse_kernel_release(std::string_view text) {
  const auto parts = split(trim(text), '.');
  if (parts.size() >= 2) {
    const auto minor_end = parts[1].find_first_not_of("0123456789");
    const auto major = to_number(parts[0]);
    const auto minor = to_number(parts[1].substr(0, minor_end));
    if (major && minor) return KernelRelease{static_cast<int>(*major), static_cast<int>(*minor)};
  }
  return fail("the kernel's release is '" + std::string(trim(text)) +
              "': it does not begin with two numbers");
}

Result<KernelRelease> kernel_release() {
  auto text = os::read_text("/proc/sys/kernel/osrelease");
  if (!text) return propagate(std::move(text));
  return parse_kernel_release(*text);
}

}  // namespace faultlab::host
