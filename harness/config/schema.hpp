// The published JSON Schema (draft-07), made from the catalogue so that it cannot drift from it.
#pragma once

#include "catalogue/catalogue.hpp"
#include "config/experiment.hpp"

namespace faultlab::config {

// Whatever read_experiment accepts with this catalogue, the schema accepts; what it rejects by a rule
// that is not in reader_only_rules(), the schema rejects.
Json schema(const Catalogue& catalogue);

}  // namespace faultlab::config
