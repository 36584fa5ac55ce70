// Emptying and removing cgroups of ours, together with the cgroups below them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace faultlab::host {

// Every cgroup that faultlab makes is named with this prefix, and only such are ever removed.
inline constexpr std::string_view kCgroupPrefix = "faultlab-";

// SIGKILLs the members until there are none, then rmdir(2); bounded. An absent cgroup is no error.
Result<> remove_cgroup(const std::string& path);

}  // namespace faultlab::host
