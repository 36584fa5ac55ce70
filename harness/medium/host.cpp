// The medium `host`: the file system that the user's data folder lies on.
#include "catalogue/medium_spec.hpp"

namespace faultlab {

extern const MediumSpec host_medium;
constinit const MediumSpec host_medium = {
    .row = {.name = "host", .summary = "the file system of the data folder, with the host's own settings"},
    .folder = [](const std::string& data_folder) -> Result<std::string> { return data_folder; }};

}  // namespace faultlab
