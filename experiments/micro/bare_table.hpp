// The bare loops by name.
#pragma once

#include <span>
#include <string_view>

#include "bare_faults.h"

namespace faultlab::micro {

struct BareRow {
  std::string_view name;  // of the scenario with the same event, or of the classic tool
  bare_loop* run;
  bool file;   // over as many pages as scenarios of files take
  bool pages;  // its events are pages
};
std::span<const BareRow> bare_table();

}  // namespace faultlab::micro
