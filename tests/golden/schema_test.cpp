// The shipped schema is the generated one. FAULTLAB_UPDATE_GOLDEN=1 rewrites it.
#include "config/schema.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "catalogue/tables.hpp"

namespace faultlab::config {
namespace {

TEST(Schema, ShippedFileIsTheGeneratedOne) {
  const std::string path = FAULTLAB_SOURCE_DIR "/harness/config/experiment.schema.json";
  const std::string generated = schema(full_catalogue()).dump(2) + "\n";
  if (std::getenv("FAULTLAB_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << generated;
  std::ostringstream shipped;
  shipped << std::ifstream(path).rdbuf();
  EXPECT_EQ(shipped.str(), generated) << "run this test with FAULTLAB_UPDATE_GOLDEN=1 and look at the diff";
}

}  // namespace
}  // namespace faultlab::config
