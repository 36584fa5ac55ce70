// Detection of software emulation.
#include "host/emulation.hpp"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

#include <array>
#include <cstring>
#include <string_view>
#endif

namespace faultlab::host {

bool emulated() {
#if defined(__x86_64__) || defined(__i386__)
  constexpr unsigned kHypervisorLeaf = 0x40000000;
  unsigned eax = 0;
  std::array<unsigned, 3> name{};
  __cpuid(kHypervisorLeaf, eax, name[0], name[1], name[2]);
  std::array<char, sizeof name> text{};
  std::memcpy(text.data(), name.data(), sizeof name);
  return std::string_view(text.data(), text.size()) == "TCGTCGTCGTCG";
#else
  return false;
#endif
}

}  // namespace faultlab::host
