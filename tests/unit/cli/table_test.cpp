#include "cli/table.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "cli/console.hpp"

namespace greyhound::cli {
namespace {

TEST(Table, AlignsItsColumnsAndLeavesNoTrailingSpace) {
  std::ostringstream out;
  Table table({"DELIVERY", "TO", "WHY"}, out, {});

  table.add({"7F3K2A-1", "d.example", "451 4.7.1 greylisted"});
  table.add({"7F3K2B-1", "slow.example", ""});
  table.finish();

  EXPECT_EQ(out.str(),
            "DELIVERY  TO            WHY\n"
            "7F3K2A-1  d.example     451 4.7.1 greylisted\n"
            "7F3K2B-1  slow.example\n");
}

TEST(Table, PrintsNothingWithoutRows) {
  std::ostringstream out;
  Table table({"A", "B"}, out, {});

  table.finish();

  EXPECT_EQ(out.str(), "");
}

TEST(Table, CutsLinesToTheWidthOfTheTerminal) {
  std::ostringstream out;
  Table table({"TO", "WHY"}, out, 14);

  table.add({"d.example", "451 greylisted"});
  table.finish();

  EXPECT_EQ(out.str(), "TO         WHY\nd.example  45\xe2\x80\xa6\n");
}

TEST(Table, EscapesWhatCouldSteerATerminal) {
  std::ostringstream out;
  Table table({"WHY", "X"}, out, {});

  table.add({"\x1b]0;owned\x07\r\n", "y"});
  table.finish();

  EXPECT_EQ(out.str(),
            "WHY                       X\n"
            "\\x1b]0;owned\\x07\\x0d\\x0a  y\n");
}

TEST(Table, StreamsRowsBeyondItsSample) {
  std::ostringstream out;
  Table table({"N", "X"}, out, {});
  for (std::size_t i = 0; i < Table::sampled_rows; ++i)
    table.add({"1", "x"});

  table.add({"wider", "x"});
  const auto before_finish = out.str();
  table.add({"2", "y"});

  EXPECT_TRUE(before_finish.ends_with("1  x\nwider  x\n"));
  EXPECT_TRUE(out.str().ends_with("wider  x\n2  y\n"));
}

TEST(Fitted, CountsCharactersAndNotBytes) {
  EXPECT_EQ(shown_width("gr\xc3\xa4y"), 4U);
  EXPECT_EQ(fitted("gr\xc3\xa4y", 4), "gr\xc3\xa4y");
  EXPECT_EQ(fitted("gr\xc3\xa4yhound", 4), "gr\xc3\xa4\xe2\x80\xa6");
  EXPECT_EQ(fitted("abc", 0), "");
}

TEST(Printable, KeepsTextOfAllLanguages) {
  EXPECT_EQ(printable("R\xc3\xbc"
                      "ckfrage \xe6\x97\xa5 \xf0\x9f\x90\x95"),
            "R\xc3\xbc"
            "ckfrage \xe6\x97\xa5 \xf0\x9f\x90\x95");
}

TEST(Printable, EscapesControlsBrokenBytesAndReadingOrder) {
  EXPECT_EQ(printable(std::string_view("\0\t\x7f", 3)), "\\x00\\x09\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "1m"),
            "\\xc2\\x9b1m");
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(printable("\xc0\xaf\xed\xa0\x80"), "\\xc0\\xaf\\xed\\xa0\\x80");
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b"),
            "a\\xe2\\x80\\xae"
            "b");
}

}  // namespace
}  // namespace greyhound::cli
