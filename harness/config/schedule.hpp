// Schedules: how pressures change while the window is open.
#pragma once

#include "config/trial.hpp"

namespace faultlab::config {

// The published form, one alternative per pressure that has a dial.
Json schedule_schema(const Catalogue& catalogue);
// As the resolved config shows it; `written` may be null.
Json schedule_json(const Node* written, const Catalogue& catalogue);

}  // namespace faultlab::config
