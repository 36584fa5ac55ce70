// The kinds of things that can be listed.
#pragma once

#include <string>
#include <vector>

namespace faultlab::app {

std::vector<std::string> list_kinds();

}  // namespace faultlab::app
