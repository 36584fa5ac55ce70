// Media: what the dataset lies on.
#pragma once

#include <string>

#include "base/result.hpp"
#include "catalogue/row.hpp"

namespace faultlab {

struct MediumSpec {
  Row row;
  // The folder for dataset files on this medium; `data_folder` is the user's choice for the host's.
  Result<std::string> (*folder)(const std::string& data_folder);
};

}  // namespace faultlab
