#include "config/json_document.hpp"

#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace greyhound::config {
namespace {

struct Parsed {
  std::optional<JsonNode> tree;
  Problems problems;
};

Parsed parse(std::string_view text) {
  Parsed parsed;
  parsed.tree = parse_document("a.json", text, parsed.problems);
  return parsed;
}

TEST(JsonDocument, RemembersTheLineOfEveryKindOfValue) {
  const auto parsed = parse(
      "{ // first\n"
      "  \"number\": 5\n"
      "  ,\"negative\":\n"
      "    -7,\n"
      "  \"text\": \"x\", \"truth\": true,\n"
      "  \"nothing\": null,\n"
      "  \"list\": [\n"
      "    1,\n"
      "    2.5\n"
      "  ]\n"
      "}\n");

  ASSERT_TRUE(parsed.tree && parsed.problems.empty());
  const auto& tree = *parsed.tree;
  EXPECT_EQ(tree.line, 1U);
  EXPECT_EQ(tree.find("number")->line, 2U);
  EXPECT_EQ(tree.keys[1].line, 3U);
  EXPECT_EQ(tree.find("negative")->line, 4U);
  EXPECT_EQ(tree.find("negative")->integer, -7);
  EXPECT_EQ(tree.find("text")->line, 5U);
  EXPECT_EQ(tree.find("truth")->line, 5U);
  EXPECT_EQ(tree.find("nothing")->line, 6U);
  EXPECT_EQ(tree.find("list")->line, 7U);
  EXPECT_EQ(tree.find("list")->items[0].line, 8U);
  EXPECT_EQ(tree.find("list")->items[1].line, 9U);
  EXPECT_EQ(tree.find("list")->items[1].text, "2.5");
}

TEST(JsonDocument, TakesCommentsAnywhere) {
  const auto parsed = parse("// a\n/* b\n c */ { // d\n \"x\" /* e */ : // f\n 1 } // g");

  ASSERT_TRUE(parsed.tree && parsed.problems.empty());
  EXPECT_EQ(parsed.tree->find("x")->line, 5U);
}

TEST(JsonDocument, TakesAByteOrderMarkAndCarriageReturns) {
  const auto parsed = parse("\xEF\xBB\xBF{\r\n\"x\": 1\r\n}\r\n");

  ASSERT_TRUE(parsed.tree && parsed.problems.empty());
  EXPECT_EQ(parsed.tree->find("x")->line, 2U);
}

TEST(JsonDocument, KeepsAnIntegerThatDoesNotFitAsANumber) {
  const auto parsed = parse("{\"x\": 18446744073709551615, \"y\": 9223372036854775807}");

  ASSERT_TRUE(parsed.tree);
  EXPECT_EQ(parsed.tree->find("x")->kind, JsonNode::Kind::number);
  EXPECT_EQ(parsed.tree->find("y")->integer, INT64_MAX);
}

TEST(JsonDocument, ReportsAKeyThatStandsTwiceAndKeepsTheFirst) {
  const auto parsed = parse("{\n\"x\": 1,\n\"y\": {\"x\": 5},\n\"x\": {\"z\": [2]}\n}");

  ASSERT_TRUE(parsed.tree);
  EXPECT_EQ(parsed.tree->find("x")->integer, 1);
  ASSERT_EQ(parsed.problems.size(), 1U);
  EXPECT_EQ(parsed.problems[0].to_string(),
            "a.json:4: error: /x: stands twice, first in line 2; remove one of them");
}

struct Broken {
  const char* name;
  std::string text;
  unsigned line;
  const char* pointer;
  const char* what;
  const char* suggestion;
};

std::ostream& operator<<(std::ostream& out, const Broken& broken) {
  return out << broken.name;
}

class BrokenText : public testing::TestWithParam<Broken> {};

TEST_P(BrokenText, IsReportedWithItsLineAndARemedy) {
  const auto& broken = GetParam();

  const auto parsed = parse(broken.text);

  EXPECT_FALSE(parsed.tree);
  ASSERT_EQ(parsed.problems.size(), 1U);
  const Problem expected{Problem::Severity::error,
                         "a.json",
                         broken.line,
                         broken.pointer,
                         broken.what,
                         broken.suggestion};
  EXPECT_EQ(parsed.problems[0], expected) << parsed.problems[0].to_string();
}

INSTANTIATE_TEST_SUITE_P(
    JsonDocument,
    BrokenText,
    testing::Values(
        Broken{"Empty", "", 1, "", "is empty", "write {} to have the defaults"},
        Broken{"OnlyAComment", "\n// x", 2, "", "is empty", "write {} to have the defaults"},
        Broken{"Truncated",
               "{\n\"a\": {\n\"b\": [ 1 ],\n",
               3,
               "/a/b",
               "the file ends, but the object opened in line 2 is not closed",
               "write \"}\""},
        Broken{"TruncatedList",
               "{\"a\": [\n1,\n2",
               3,
               "/a/2",
               "the file ends, but the list opened in line 1 is not closed",
               "write \"]\""},
        Broken{"OpenString",
               "{\n\"a\": \"5m\n}",
               2,
               "/a",
               "a string is not closed in its line",
               "write the closing '\"'"},
        Broken{"NoComma",
               "{\n\"a\": 1\n\"b\": 2\n}",
               3,
               "/a",
               "a comma is missing before \"b\"",
               "write a comma after the value before it"},
        Broken{"CommaTooMany",
               "{\n\"a\": [ 1, 2, ]\n}",
               2,
               "/a/2",
               "a value is missing before ']'",
               "remove the comma, or write the value"},
        Broken{"WrongBracket",
               "{\n\"a\": [ 1, 2 }\n}",
               2,
               "/a/2",
               "'}' closes what was opened by '['",
               "write \"]\" first"},
        Broken{"SingleQuotes",
               "{\n'a': 1\n}",
               2,
               "",
               "cannot be read at 'a'",
               "write keys and texts in double quotes"},
        Broken{"BareWord",
               "{\"a\": 5m}",
               1,
               "/a",
               "cannot be read at 5m",
               "write keys and texts in double quotes"},
        Broken{"HugeNumber",
               "{\"a\": 1e999}",
               1,
               "/a",
               "is too large a number",
               "write a smaller one"},
        Broken{
            "Trailing", "{}\n{}", 2, "", "something follows the end of the document", "remove it"},
        Broken{"NotUtf8",
               "{\n\"a\": \"\xff\"}",
               2,
               "/a",
               "holds bytes that are not UTF-8",
               "save the file as UTF-8"},
        Broken{"NulByte",
               std::string("{}\n\0 anything", 13),
               2,
               "",
               "holds a NUL byte",
               "save the file as UTF-8 text"},
        Broken{"LongString",
               "{\"a\": \"" + std::string(max_string_bytes + 1, 'x') + "\"}",
               1,
               "/a",
               "is longer than 1024 bytes",
               ""}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(JsonDocument, EndsAtTheDepthLimitAndNotOnTheStack) {
  const auto fits =
      parse("{\"a\":" + std::string(max_depth - 1, '[') + std::string(max_depth - 1, ']') + "}");
  const auto too_deep = parse(std::string(1'000'000, '['));

  EXPECT_TRUE(fits.tree && fits.problems.empty());
  EXPECT_FALSE(too_deep.tree);
  ASSERT_EQ(too_deep.problems.size(), 1U);
  EXPECT_EQ(too_deep.problems[0].what, "nested deeper than 32 levels");
}

TEST(JsonDocument, EndsAtTheLimitsOfKeysAndItems) {
  std::string keys = "{\"k\": 0";
  for (std::size_t i = 0; i < max_keys; ++i)
    keys += ", \"k" + std::to_string(i) + "\": 0";
  std::string items = "[0";
  for (std::size_t i = 0; i < max_items; ++i)
    items += ",0";

  const auto many_keys = parse(keys + "}");
  const auto many_items = parse(items + "]");

  ASSERT_EQ(many_keys.problems.size(), 1U);
  EXPECT_EQ(many_keys.problems[0].what, "more than 1000 keys in one object");
  ASSERT_EQ(many_items.problems.size(), 1U);
  EXPECT_EQ(many_items.problems[0].what, "more than 10000 items in one list");
}

TEST(JsonNode, OverlayTakesWhatIsMissingOrRefusedFromTheDefaults) {
  const auto defaults = parse("{\"a\": {\"x\": 1, \"y\": 2, \"z\": 3}, \"list\": [1, 2]}");
  auto given = parse("{\n\"a\":\n{\"x\": 10, \"y\": 20},\n\"list\": [3]}");
  given.tree->find("a")->find("y")->is_refused = true;

  const auto whole = overlay(*defaults.tree, *given.tree);

  EXPECT_EQ(whole.find("a")->find("x")->integer, 10);
  EXPECT_EQ(whole.find("a")->find("y")->integer, 2);
  EXPECT_TRUE(whole.find("a")->find("y")->is_refused);
  EXPECT_EQ(whole.find("a")->find("z")->integer, 3);
  EXPECT_EQ(whole.find("a")->find("z")->line, 3U);
  EXPECT_FALSE(whole.find("a")->find("z")->is_given);
  EXPECT_EQ(whole.find("list")->items.size(), 1U);
}

TEST(JsonNode, KnowsTheLineOfAPointer) {
  const auto parsed = parse("{\n\"a\": [\n1,\n{ \"b/c~d\":\n2 } ],\n\"a2\": 3\n}");
  ASSERT_TRUE(parsed.tree);

  EXPECT_EQ(line_at(*parsed.tree, ""), 1U);
  EXPECT_EQ(line_at(*parsed.tree, "/a"), 2U);
  EXPECT_EQ(line_at(*parsed.tree, "/a/0"), 3U);
  EXPECT_EQ(line_at(*parsed.tree, "/a/1/b~1c~0d"), 5U);
  EXPECT_EQ(line_at(*parsed.tree, "/a2"), 6U);
  EXPECT_EQ(line_at(*parsed.tree, "/a/1/missing"), 4U);
  EXPECT_EQ(line_at(*parsed.tree, "/a/10"), 2U);
  EXPECT_EQ(line_at(*parsed.tree, "/missing/x"), 1U);
}

TEST(JsonNode, EscapesPointersAndCutsLongTexts) {
  EXPECT_EQ(child_pointer("/a", "b/c~d"), "/a/b~1c~0d");
  EXPECT_EQ(child_pointer("", std::size_t{3}), "/3");
  EXPECT_EQ(shown("a\"b\x01"), "\"a\\\"b?\"");
  EXPECT_EQ(shown(std::string(59, 'x') + "éé"), "\"" + std::string(59, 'x') + "…\"");
}

}  // namespace
}  // namespace greyhound::config
