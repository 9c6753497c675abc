#include "scheduler/greylist/word_lists.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greyhound::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WordLists, AreCutIntoTheirPieces) {
  EXPECT_THAT(pieces_of(" one two  three ", ' '), ElementsAre("one", "two", "three"));
  EXPECT_THAT(pieces_of("plus tard|later", '|'), ElementsAre("plus tard", "later"));
  EXPECT_THAT(pieces_of("", '|'), IsEmpty());
}

TEST(WordIndex, FindsWholeWordsAndNothingElse) {
  const WordIndex index({"s", "sec", "minute", "секунда"});

  EXPECT_EQ(index.find("s"), 0U);
  EXPECT_EQ(index.find("minute"), 2U);
  EXPECT_TRUE(index.has("секунда"));
  EXPECT_FALSE(index.has("minutes"));
  EXPECT_FALSE(index.has("se"));
  EXPECT_FALSE(index.has(""));
}

TEST(WordIndex, GivesAWordThatIsThereTwiceItsFirstPlace) {
  const WordIndex index({"minute", "minuta", "minuta"});

  EXPECT_EQ(index.find("minuta"), 1U);
}

TEST(WordIndex, HasRoomForMoreWordsThanItHasSlots) {
  std::vector<std::string> words;
  for (int i = 0; i < 3000; ++i)
    words.push_back("word" + std::to_string(i));

  const WordIndex index({words.begin(), words.end()});

  for (std::size_t i = 0; i < words.size(); ++i)
    EXPECT_EQ(index.find(words[i]), i);
  EXPECT_FALSE(index.has("word3000"));
}

TEST(PartIndex, FindsPartsWhereverTheyBegin) {
  const PartIndex index({"retr", "try", "später"});

  EXPECT_TRUE(index.is_in("please retry"));
  EXPECT_TRUE(index.is_in("country"));
  EXPECT_TRUE(index.is_in("bitte später"));
  EXPECT_FALSE(index.is_in("please ret"));
  EXPECT_FALSE(index.is_in("t"));
  EXPECT_FALSE(index.is_in(""));
}

TEST(PartIndex, TellsFrontAndEndApart) {
  const PartIndex index({"wait", "later"});

  EXPECT_TRUE(index.is_at_front_of("waiting"));
  EXPECT_FALSE(index.is_at_front_of("to wait"));
  EXPECT_TRUE(index.is_at_end_of("to wait"));
  EXPECT_FALSE(index.is_at_end_of("waiting"));
}

}  // namespace
}  // namespace greyhound::scheduler
