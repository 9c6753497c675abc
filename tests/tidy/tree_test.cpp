// The tree itself against every rule. A failure lists the offenders, one a line.
#include <gtest/gtest.h>

#include "tidy/rules.hpp"

namespace greyhound::tidy {
namespace {

const Files& tree() {
  static const Files files = read_tree(GREYHOUND_SOURCE_DIR);
  return files;
}

std::string list(const Offenders& offenders) {
  std::string text;
  for (const auto& offender : offenders)
    text += "\n" + offender;
  return text;
}

TEST(Tree, IsThere) {
  const auto has_folder = [](const std::string& folder) {
    for (const auto& file : tree()) {
      if (file.folder == folder) return true;
    }
    return false;
  };

  EXPECT_TRUE(has_folder("runtime"));
  EXPECT_TRUE(has_folder("cli"));
  EXPECT_TRUE(has_folder("tests"));
}

TEST(Tree, IncludesOnlyWhatLiesBelow) {
  EXPECT_EQ(list(breaks_in_layers(tree())), "");
}

TEST(Tree, KeepsThirdPartiesWhereTheyAreWrapped) {
  EXPECT_EQ(list(strays_of_third_parties(tree())), "");
}

TEST(Tree, CallsClockChanceAndTasksOnlyFromTheirHomes) {
  EXPECT_EQ(list(banned_calls(tree())), "");
}

TEST(Tree, HasNoFileThatIsTooLong) {
  EXPECT_EQ(list(long_files(tree())), "");
}

TEST(Tree, HasNoLineThatIsTooLong) {
  EXPECT_EQ(list(long_lines(tree())), "");
}

TEST(Tree, HasHeadersThatSayWhatTheyAreFor) {
  EXPECT_EQ(list(bad_headers(tree())), "");
}

TEST(Tree, HasNoFolderWithAVagueName) {
  EXPECT_EQ(list(vague_folders(tree())), "");
}

TEST(Tree, HasNoTwoTypesOfOneName) {
  EXPECT_EQ(list(types_of_one_name(tree())), "");
}

TEST(Tree, HasNothingMarkedAsUnfinished) {
  EXPECT_EQ(list(unfinished_work(tree())), "");
}

}  // namespace
}  // namespace greyhound::tidy
