#include "intake/drop_turns.hpp"

#include <vector>

#include <gmock/gmock.h>

namespace greyhound::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Instant at(int second) {
  return Instant(std::chrono::seconds(second));
}

std::vector<std::string> all_of(DropTurns& turns) {
  std::vector<std::string> names;
  while (auto file = turns.next())
    names.push_back(std::move(file->name));
  return names;
}

TEST(DropTurns, GiveEveryUserTheNextTurnAndHisOldestFileFirst) {
  DropTurns turns;
  turns.add({.uid = 1, .written = at(3), .name = "c"});
  turns.add({.uid = 1, .written = at(1), .name = "a"});
  turns.add({.uid = 1, .written = at(2), .name = "b"});
  turns.add({.uid = 7, .written = at(9), .name = "x"});
  turns.add({.uid = 7, .written = at(9), .name = "y"});
  turns.add({.uid = 0, .written = at(8), .name = "root"});

  EXPECT_THAT(all_of(turns), ElementsAre("a", "x", "root", "b", "y", "c"));
  EXPECT_THAT(all_of(turns), IsEmpty());
}

TEST(DropTurns, GoOnWithTheUserBehindTheLastOne) {
  DropTurns turns;
  turns.add({.uid = 5, .written = at(1), .name = "a"});
  all_of(turns);
  turns.add({.uid = 5, .written = at(1), .name = "b"});
  turns.add({.uid = 6, .written = at(9), .name = "c"});

  EXPECT_THAT(all_of(turns), ElementsAre("c", "b"));
}

TEST(DropTurns, KeepTheOldestOfAUserWhoHasVeryMany) {
  DropTurns turns;
  for (int i = 200; i > 0; --i)
    turns.add({.uid = 1, .written = at(i), .name = std::to_string(i)});
  EXPECT_TRUE(turns.has_left_out());

  const auto names = all_of(turns);

  EXPECT_THAT(names, SizeIs(DropTurns::most_of_a_user));
  EXPECT_EQ(names.front(), "1");
  EXPECT_EQ(names.back(), std::to_string(DropTurns::most_of_a_user));
}

TEST(DropTurns, AreForSoManyUsersAtATime) {
  DropTurns turns;
  for (unsigned uid = 0; uid <= DropTurns::most_users; ++uid)
    turns.add({.uid = uid, .written = at(1), .name = std::to_string(uid)});

  EXPECT_TRUE(turns.has_left_out());
  EXPECT_THAT(all_of(turns), SizeIs(DropTurns::most_users));
  turns.forget();
  EXPECT_FALSE(turns.has_left_out());
}

}  // namespace
}  // namespace greyhound::intake
