// Detection of hypervisors.
#include "host/virtualisation.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <array>
#include <cstring>

#include "host/emulation.hpp"
#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

// Leaf 0x40000000 holds the signature of the hypervisor, where bit 31 of leaf 1's ECX says that there
// is one (Documentation/virt/kvm/x86/cpuid.rst). Empty: none, or not an x86 processor.
std::string cpuid_signature() {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c >> 31) == 0) return {};
  __cpuid(0x40000000, a, b, c, d);
  std::array<char, 12> raw{};
  const std::array<unsigned, 3> words{b, c, d};
  std::memcpy(raw.data(), words.data(), raw.size());
  std::string signature;
  for (const char each : raw) {
    if (each > ' ' && each <= '~') signature += each;
  }
  return signature.empty() ? "unknown hypervisor" : signature;
#else
  return {};
#endif
}

bool cpuinfo_shows_hypervisor(const std::string& root) {
  const auto text = os::read_text(root + "/proc/cpuinfo");
  if (!text) return false;
  for (const auto line : lines_of(*text)) {
    if (line.starts_with("flags")) return has_word(words_of(line), "hypervisor");
  }
  return false;
}

std::string firmware_name(const std::string& root) {
  for (const char* path : {"/sys/hypervisor/type", "/sys/class/dmi/id/product_name",
                           "/sys/firmware/devicetree/base/hypervisor/compatible"}) {
    if (const auto text = os::read_text(root + path)) return std::string(trim(*text));
  }
  return "unknown hypervisor";
}

}  // namespace

Virtualisation virtualisation(const std::string& root) {
  Virtualisation found;
  if (root.empty()) found.kind = cpuid_signature();
  if (found.kind.empty() && cpuinfo_shows_hypervisor(root)) found.kind = firmware_name(root);
  if (found.kind.empty()) found.kind = "none";
  found.emulated = root.empty() && emulated();
  return found;
}

}  // namespace faultlab::host
