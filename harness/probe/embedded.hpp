// Files that the build puts into the program.
#pragma once

#include <string_view>

namespace faultlab {

// The BPF objects of the probes `time_bpf` and `wire_ownership`; empty in a build without clang or libbpf.
extern const std::string_view time_program;
extern const std::string_view wire_program;

}  // namespace faultlab
