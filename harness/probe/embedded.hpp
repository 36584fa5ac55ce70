// Files that the build puts into the program.
#pragma once

#include <string_view>

namespace faultlab {

// The BPF objects of the probes `time_bpf`, `wire_ownership` and `copy_functions`; empty in a build without
// clang or libbpf.
extern const std::string_view time_program;
extern const std::string_view wire_program;
extern const std::string_view copying_program;

}  // namespace faultlab
