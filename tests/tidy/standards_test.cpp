// The page of standards and the tests that prove it: the rule on samples, and on the tree.
#include "tidy/standards.hpp"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greyhound::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string page =
    "# Standards\n\n## Kept\n\n| line | from | what | tests |\n| --- | --- | --- | --- |\n"
    "| 12 | RFC 1 | x | `mail/a` |\n| 13 | ours | y | `mail/a`, `e2e/b` |\n"
    "\n## Not kept, or not yet\n\n| 14 | RFC 2 | z |\n";

Files tests(const std::string& in_a, const std::string& in_b) {
  return {make_source_file("tests/unit/mail/a_test.cpp", in_a),
          make_source_file("tests/e2e/b_test.cpp", in_b)};
}

TEST(Standards, AgreeWhereEachLineHasItsTests) {
  const auto files = tests("TEST(A, Does_Line12And13) {\n", "TEST_F(B,\n       Does_Line13) {\n");

  EXPECT_THAT(breaks_in_standards(page, files), IsEmpty());
}

TEST(Standards, MissTheTestOfALine) {
  const auto files = tests("TEST(A, Does_Line12) {\n// Does_Line13\n", "TEST(B, Does_Line13) {\n");

  EXPECT_THAT(breaks_in_standards(page, files),
              ElementsAre("line 13, mail/a: there is no such test"));
  EXPECT_THAT(breaks_in_standards("## Kept\n| 9 | ours | x | none |\n", {}),
              ElementsAre("line 9: is called kept without a test"));
}

TEST(Standards, KnowEveryLineThatATestNames) {
  const auto files =
      tests("TEST(A, Does_Line12And13And14) {\n", "TEST(B, Does_Line13) {\nTEST(B, Too_Line12) {");

  EXPECT_THAT(breaks_in_standards(page, files),
              ElementsAre("line 12, e2e/b: docs/standards.md does not name it",
                          "line 14, mail/a: docs/standards.md does not name it"));
}

TEST(Standards, HoldForTheTree) {
  std::ifstream file(std::string(GREYHOUND_SOURCE_DIR) + "/docs/standards.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  ASSERT_FALSE(text.empty());

  std::string list;
  for (const auto& offender : breaks_in_standards(text, read_tree(GREYHOUND_SOURCE_DIR)))
    list += "\n" + offender;
  EXPECT_EQ(list, "");
}

}  // namespace
}  // namespace greyhound::tidy
