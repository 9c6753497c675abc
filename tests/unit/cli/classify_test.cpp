#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/exit_codes.hpp"
#include "unit/cli/command_world.hpp"

namespace greyhound::cli {
namespace {

using testing::HasSubstr;

class ClassifyTest : public CommandTest {
 protected:
  std::string file(const std::string& text) {
    const auto path = folder_ / "replies.tsv";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
};

TEST_F(ClassifyTest, GivesALineForEveryLineInOrder) {
  const auto ended = greyhound({"classify",
                                file("450\t4.2.0\trcpt\tGreylisted, see http://example.org/\r\n"
                                     "\n"
                                     "nonsense\n"
                                     "452\t4.2.2\trcpt\tMailbox full")});

  EXPECT_EQ(ended.code, exit_done);
  EXPECT_EQ(ended.out,
            "greylist\tfalse\tnull\tpostgrey,postgrey_mailinabox\tgreylisted\n"
            "unknown\tfalse\tnull\tnull\tnull\n"
            "unknown\tfalse\tnull\tnull\tnull\n"
            "mailbox_full\tfalse\tnull\tnull\tmailbox full\n");
  EXPECT_EQ(ended.err,
            "greyhound: line 2 has fewer than four fields\n"
            "greyhound: line 3 has fewer than four fields\n");
}

TEST_F(ClassifyTest, GivesObjectsIfAskedTo) {
  const auto ended =
      greyhound({"classify", "--json", file("451\t-\trcpt\tGreylisted, retry in 5 minutes\n")});

  EXPECT_EQ(ended.out,
            R"({"class":"greylist","suspected_greylist":false,"hint_seconds":300,)"
            R"("signature":null,"rule":"greylisted"})"
            "\n");
}

TEST_F(ClassifyTest, ReadsByTheRulesOfTheConfigurationFolder) {
  std::ofstream(folder_ / "replies.json")
      << R"({"rules": [{"name": "ours", "class": "tls", "text": "blue moon"}]})";

  const auto ended = greyhound(
      {"--config", folder_.string(), "classify", file("451\t-\trcpt\tonce in a blue moon\n")});

  EXPECT_EQ(ended.out, "tls\tfalse\tnull\tnull\tours\n");
}

TEST_F(ClassifyTest, NeedsNoConfiguration) {
  const auto ended = greyhound(
      {"--config", (folder_ / "missing").string(), "classify", file("451\t-\trcpt\tGreylisted\n")});

  EXPECT_EQ(ended.code, exit_done);
  EXPECT_THAT(ended.out, HasSubstr("greylist\t"));
  EXPECT_THAT(ended.err, HasSubstr("the shipped defaults are taken"));
}

TEST_F(ClassifyTest, SaysWhatItCannotOpen) {
  const auto ended = greyhound({"classify", (folder_ / "missing").string()});

  EXPECT_EQ(ended.code, exit_io_error);
  EXPECT_THAT(ended.err, HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace greyhound::cli
