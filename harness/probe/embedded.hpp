// Files that the build puts into the program.
#pragma once

#include <string_view>

namespace faultlab {

// The BPF object of the probe `time_bpf`; empty in a build without clang or libbpf.
extern const std::string_view time_program;

}  // namespace faultlab
