// workload.command and the fields that go with it: read, described, checked and written out.
#pragma once

#include "config/combined.hpp"
#include "config/settings.hpp"

namespace faultlab::config {

// Absolute, so that a config means the same files from wherever it is run. The words in braces stand for
// folders: see run/places.hpp.
inline constexpr std::string_view kFilePattern = "^(/|\\{(data|root|bin)\\}/)[^\\x00]*$";

// The fields of the object `workload`.
void read_command_fields(ObjectReader& workload, const Context& context, Workload& into);
void add_command_settings(std::vector<Setting>& all);
// Adds the fields that a config with a command has.
void write_command_fields(const Workload& workload, Json& json);

void check_command(const Combined& check);
// For an engine that runs no program.
void check_no_command(const Combined& check);

}  // namespace faultlab::config
