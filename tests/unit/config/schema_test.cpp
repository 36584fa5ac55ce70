// The schema's shape; tests/plots/schema_check.py holds it to the reader.
#include "config/schema.hpp"

#include <gtest/gtest.h>

#include <set>

#include "config/settings.hpp"
#include "fake_catalogue.hpp"

namespace faultlab::config {
namespace {

void collect_references(const Json& json, std::set<std::string>& out) {
  if (json.is_object() && json.contains("$ref")) out.insert(json["$ref"]);
  for (const Json& each : json) {
    if (each.is_structured()) collect_references(each, out);
  }
}

TEST(SchemaShape, EveryReferenceHasItsDefinition) {
  const Json json = schema(fake_catalogue());
  std::set<std::string> references;
  collect_references(json, references);
  EXPECT_FALSE(references.empty());
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/definitions/")) << reference;
    EXPECT_TRUE(json["definitions"].contains(reference.substr(14))) << reference;
  }
}

TEST(SchemaShape, NamesPluginsWithTheirSummariesAndOptions) {
  const std::string text = schema(fake_catalogue())["definitions"]["workload.order"].dump();
  EXPECT_NE(text.find("Few blocks often."), std::string::npos);
  EXPECT_NE(text.find("\"theta\""), std::string::npos);
  EXPECT_NE(text.find("\"default\":0.99"), std::string::npos);
}

TEST(SchemaShape, IsTheSameEveryTime) {
  EXPECT_EQ(schema(fake_catalogue()).dump(), schema(fake_catalogue()).dump());
}

TEST(Settings, PathsAreUniqueAndDescribed) {
  std::set<std::string> paths;
  for (const Setting& setting : settings(fake_catalogue())) {
    EXPECT_TRUE(paths.insert(setting.path).second) << setting.path;
    EXPECT_TRUE(setting.schema.contains("description")) << setting.path;
  }
  EXPECT_TRUE(paths.contains("workload.order.theta"));
  EXPECT_TRUE(paths.contains("pressure.memcg_limit.limit"));
  EXPECT_TRUE(paths.contains("knobs.swappiness"));
}

}  // namespace
}  // namespace faultlab::config
