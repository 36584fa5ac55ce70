// The tree and its positions, and everything that is not JSON.
#include "config/parse.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/limits.hpp"
#include "fake_catalogue.hpp"

namespace faultlab::config {
namespace {

std::string where(const Node& node) {
  return fmt::format("{}:{} {}", node.place->line, node.place->column, path_of(*node.place));
}

// The one problem of a text: "line:column path: what".
std::string problem_of(std::string_view text) { return listing(read(text)); }

TEST(Parse, EveryValueKnowsItsPlace) {
  Problems problems("x");
  const Document document =
      parse("{\n  \"a\": 12,\n  \"b.c\" : [ true,-1.5e3 , \"x\\\"]\" ,{}],\"d\":null\n}", problems);
  ASSERT_TRUE(problems.none());
  const Node& root = *document.root;
  EXPECT_EQ(where(root), "1:1 ");
  EXPECT_EQ(where(*root.find("a")), "2:8 a");
  const Node& list = *root.find("b.c");
  EXPECT_EQ(where(list), "3:11 b.c");
  EXPECT_EQ(where(*list.items[0]), "3:13 b.c[0]");
  EXPECT_EQ(where(*list.items[1]), "3:18 b.c[1]");
  EXPECT_EQ(where(*list.items[2]), "3:27 b.c[2]");
  EXPECT_EQ(where(*list.items[3]), "3:35 b.c[3]");
  EXPECT_EQ(where(*root.find("d")), "3:43 d");
  EXPECT_EQ(root.members[0].key_place->line, 2U);
  EXPECT_EQ(root.members[0].key_place->column, 3U);
}

TEST(Parse, CommentsMoveThePositionAndNothingElse) {
  Problems problems("x");
  const Document document =
      parse("// first: \"{\n{ /* a\n b */ \"a\" /**/ : // here\n 1 /* x */ , \"b\": 2//\n}", problems);
  ASSERT_TRUE(problems.none());
  EXPECT_EQ(where(*document.root), "2:1 ");
  EXPECT_EQ(where(*document.root->find("a")), "4:2 a");
  EXPECT_EQ(where(*document.root->find("b")), "4:19 b");
  EXPECT_EQ(plain(*document.root).dump(), "{\"a\":1,\"b\":2}");
}

TEST(Parse, ColumnsCountCharacters) {
  Problems problems("x");
  const Document document = parse("\xEF\xBB\xBF{\"\xC3\xA9\": 1}", problems);
  ASSERT_TRUE(problems.none());
  EXPECT_EQ(where(*document.root->find("\xC3\xA9")), "1:7 \xC3\xA9");
}

TEST(Parse, SyntaxErrorsShowTheirPlace) {
  EXPECT_EQ(problem_of("{\n  \"a\": 1\n  \"b\": 2\n}"),
            "3:3 a: syntax error while parsing object - unexpected string literal; expected '}' [json]\n");
  EXPECT_EQ(problem_of("{\"a\": nul}"),
            "1:10 a: syntax error while parsing value - invalid literal [json]\n");
  EXPECT_EQ(problem_of(""),
            "1:1 : syntax error while parsing value - unexpected end of input; expected '[', '{', "
            "or a literal [json]\n");
  EXPECT_EQ(problem_of("{} {}"),
            "1:4 : syntax error while parsing value - unexpected '{'; expected end of input [json]\n");
}

TEST(Parse, TruncationIsShownAtTheEnd) {
  const ReadResult result = read(rich_config().substr(0, rich_config().find("\"swap\"")));
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].line, line_of(rich_config(), "\"swap\""));
}

TEST(Parse, NumbersThatOverflow) {
  EXPECT_EQ(problem_of("{\n \"a\": 1e999}"), "2:7 a: number overflow parsing '1e999' [json]\n");
}

TEST(Parse, BytesThatAreNotText) {
  EXPECT_EQ(problem_of("{\n \"a\": \"\xFF\"}"), "2:8 : byte 0xff is not UTF-8 text [json]\n");
  EXPECT_EQ(problem_of("// \x80\n{}"), "1:4 : byte 0x80 is not UTF-8 text [json]\n");
  EXPECT_EQ(problem_of(std::string_view("{}\0x", 4)), "1:3 : byte 0x00 is not UTF-8 text [json]\n");
}

TEST(Parse, DuplicateKeysKeepTheFirst) {
  Problems problems("x");
  const Document document = parse("{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": [2]},\n \"a\": 3}", problems);
  ASSERT_EQ(problems.sorted().size(), 2U);
  EXPECT_EQ(problems.sorted()[0].what,
            "the key \"c\" stands twice in this object; its first value is at line 2 [duplicate-key]");
  EXPECT_EQ(problems.sorted()[0].path, "b.c");
  EXPECT_EQ(problems.sorted()[0].column, 16U);
  EXPECT_EQ(problems.sorted()[1].line, 3U);
  EXPECT_EQ(plain(*document.root).dump(), "{\"a\":1,\"b\":{\"c\":1}}");
}

TEST(Parse, NestingHasALimit) {
  const std::string deep(100'000, '[');
  EXPECT_EQ(problem_of(deep).substr(0, 5), "1:65 ");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_NE(problem_of(objects).find("nested deeper than 64 levels [json]"), std::string::npos);
}

TEST(Parse, ValuesHaveALimit) {
  std::string many = "[";
  for (std::size_t i = 0; i < 2 * kMostValues + 2; ++i) many += "1,";
  EXPECT_NE(problem_of(many).find("more than 200000 values [json]"), std::string::npos);
}

TEST(Parse, FilesHaveALimit) {
  const ReadResult result = read(std::string(kLongestFile + 1, ' '));
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].line, 0U);
  EXPECT_EQ(result.problems[0].what, "the file has 4194305 bytes, more than 4 MiB [json]");
}

TEST(Parse, LongKeysAreCutInPaths) {
  const ReadResult result = read("{\"" + std::string(10'000, 'k') + "\": 1}");
  for (const Problem& problem : result.problems) EXPECT_LT(problem.path.size(), 100U);
}

}  // namespace
}  // namespace faultlab::config
