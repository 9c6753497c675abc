// What is said of bad input: each case by itself, and what concerns no file in particular.
#include <string>

#include <gtest/gtest.h>

#include "config/json_document.hpp"
#include "unit/config/bad_input.hpp"
#include "unit/config/config_folder.hpp"

namespace greyhound::config {
namespace {

TEST_P(BadInput, GivesOneProblemThatSaysWhereAndWhatIsRight) {
  const auto& bad = GetParam();

  const auto loaded = load_text(bad.file, bad.text);

  ASSERT_EQ(loaded.problems.size(), 1U) << all_of(loaded.problems);
  const Problem expected{bad.severity, bad.file, bad.line, bad.pointer, bad.what, bad.suggestion};
  EXPECT_EQ(loaded.problems[0], expected) << loaded.problems[0].to_string();
  EXPECT_EQ(loaded.has_errors(), bad.severity == Problem::Severity::error);
}

TEST(Loader, NamesAFolderThatIsNotThere) {
  const auto loaded = load("/nowhere/at/all");

  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(loaded.problems[0].file, "/nowhere/at/all");
  EXPECT_TRUE(loaded.has_errors());
}

TEST(Loader, TellsEveryProblemOfEveryFileInTheOrderOfLines) {
  ConfigFolder folder;
  folder.with("greyhound.json", "{ \"threads\": -1,\n\"hostname\": 5,\n\"x\": 1 }")
      .with("retry.json", "{ broken")
      .with("notification.json", "{ \"delay\": { \"after_retry\": \"2\" } }");

  const auto problems = load(folder.path()).problems;

  EXPECT_EQ(all_of(problems),
            "greyhound.json:1: error: /threads: is -1, must be at least 0; write 0\n"
            "greyhound.json:2: error: /hostname: is 5, must be a host name or null; "
            "write for example \"mail.example.org\"\n"
            "greyhound.json:3: error: /x: is no key of greyhound.json; "
            "the keys are \"hostname\", \"domain\", \"local\", \"state_dir\", \"control\", "
            "\"intake\", \"queue\", \"smtp\", \"dns\", \"routes\" and \"threads\"\n"
            "retry.json:1: error: cannot be read at broken; write keys and texts in double quotes\n"
            "notification.json:1: error: /delay/after_retry: is \"2\", must be a whole number; "
            "write 2\n");
}

TEST(Loader, RefusesAFileThatIsTooLargeWithoutReadingAllOfIt) {
  const auto loaded = load_text("retry.json", std::string(max_file_bytes + 1, ' '));

  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(loaded.problems[0].what, "is larger than 1MiB");
}

TEST(Loader, RefusesWhatIsNoRegularFile) {
  ConfigFolder folder;
  std::filesystem::create_directory(folder.path() / "retry.json");

  const auto problems = load(folder.path()).problems;

  EXPECT_EQ(all_of(problems), "retry.json: error: is no regular file\n");
}

TEST(Loader, WarnsOfAFileWhoseNameIsMistyped) {
  const auto loaded = load_text("rety.json", "{}");

  EXPECT_EQ(all_of(loaded.problems),
            "rety.json: warning: is not read, and retry.json is missing; "
            "did you mean \"retry.json\"?\n");
}

TEST(Loader, CutsTheListOfAFileWithVeryManyProblems) {
  std::string text = "{ \"smtp\": { \"deny_targets\": [ 0";
  for (int i = 0; i < 999; ++i)
    text += ", 0";

  const auto problems = load_text("greyhound.json", text + " ] } }").problems;

  ASSERT_EQ(problems.size(), 201U);
  EXPECT_EQ(problems.back().what, "800 more problems");
}

}  // namespace
}  // namespace greyhound::config
