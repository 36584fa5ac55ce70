// A thousand damaged configs: each is accepted, or refused with problems that can be found.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "config/parse.hpp"
#include "config/schema.hpp"
#include "fake_catalogue.hpp"
#include "support/mutate.hpp"

namespace faultlab::config {
namespace {

bool reader_only(const Problem& problem) {
  for (const ReaderOnlyRule& rule : reader_only_rules()) {
    if (problem.what.ends_with("[" + std::string(rule.id) + "]")) return true;
  }
  return false;
}

// One line for tests/plots/schema_check.py. `text` is null where the mutant is not JSON.
Json line_for(const std::string& text, const ReadResult& result) {
  bool all_reader_only = true;
  for (const Problem& problem : result.problems) all_reader_only = all_reader_only && reader_only(problem);
  Problems ignored("");
  const Document document = parse(text, ignored);
  return {{"text", document.root == nullptr ? Json() : Json(plain(*document.root).dump())},
          {"accepted", result.problems.empty()},
          {"reader_only", all_reader_only},
          {"problems", listing(result)}};
}

std::vector<std::string> all_mutants() {
  auto all = testing::mutants(rich_config(), 1000, 20240601);
  for (const std::string& each : testing::mutants(plain_config(), 300, 7)) all.push_back(each);
  return all;
}

TEST(Mutation, EveryMutantIsAcceptedOrRefusedWithALocatedProblem) {
  unsigned refused = 0;
  unsigned of_rich = 0;
  for (const std::string& text : all_mutants()) {
    const ReadResult result = read(text);
    if (++of_rich <= 1000 && !result.problems.empty()) ++refused;
    for (const Problem& problem : result.problems) {
      EXPECT_GE(problem.line, 1U) << text;
      EXPECT_GE(problem.column, 1U) << text;
      EXPECT_FALSE(problem.what.empty()) << text;
      EXPECT_FALSE(problem.remedy.empty()) << problem.what;
      EXPECT_EQ(problem.file, "test.json");
    }
  }
  EXPECT_GE(refused, 800U);
}

TEST(Mutation, MutantsAreTheSameEveryTime) {
  EXPECT_EQ(testing::mutants(rich_config(), 20, 3), testing::mutants(rich_config(), 20, 3));
  EXPECT_NE(testing::mutants(rich_config(), 20, 3), testing::mutants(rich_config(), 20, 4));
}

// Writes the mutants and the schema for schema_check.py where FAULTLAB_MUTANTS names a folder.
TEST(Mutation, WritesMutantsForTheSchemaCheck) {
  const char* folder = std::getenv("FAULTLAB_MUTANTS");
  if (folder == nullptr) GTEST_SKIP() << "FAULTLAB_MUTANTS is not set";
  std::ofstream schema_file(std::string(folder) + "/schema.json");
  schema_file << schema(fake_catalogue()).dump(2) << '\n';
  std::ofstream lines(std::string(folder) + "/mutants.jsonl");
  for (const std::string& text : {plain_config(), rich_config()})
    lines << line_for(text, read(text)).dump() << '\n';
  for (const std::string& text : all_mutants()) lines << line_for(text, read(text)).dump() << '\n';
  EXPECT_TRUE(schema_file.good() && lines.good());
}

}  // namespace
}  // namespace faultlab::config
