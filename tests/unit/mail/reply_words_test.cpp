#include "mail/reply_words.hpp"

#include <gtest/gtest.h>

namespace greyhound::mail {
namespace {

std::string words(std::vector<std::string> lines) {
  return std::string(ReplyWords(lines).words());
}
std::string names(std::vector<std::string> lines) {
  return std::string(ReplyWords(lines).names());
}

TEST(ReplyWords, LeaveOutWhoIsNamed) {
  EXPECT_EQ(words({"<grey@full.example>: Recipient address rejected"}),
            "<@>: recipient address rejected");
  EXPECT_EQ(words({"mx1.spam.example Service from 192.0.2.1, [2001:db8::25] not available."}),
            "@ service from @, [@] not available.");
  EXPECT_EQ(words({"Greylisted, see http://grey.example/a?b=1,2."}), "greylisted, see @.");
}

TEST(ReplyWords, KeepNamesAndUrlsAside) {
  EXPECT_EQ(names({"blocked by zen.spamhaus.example, see https://example.org/x?ip=192.0.2.1"}),
            "zen.spamhaus.example https://example.org/x?ip=192.0.2.1");
  EXPECT_EQ(names({"<a@example.org>: no"}), "");
}

TEST(ReplyWords, TakeNoNumberTimeOrSentenceForAName) {
  EXPECT_EQ(words({"4.7.1 come back in 00:05:00, 1.5 hours, e.g. now"}),
            "4.7.1 come back in 00:05:00, 1.5 hours, e.g. now");
  EXPECT_EQ(words({"Greylisted.Please retry later.The rest"}),
            "greylisted.please retry later.the rest");
}

TEST(ReplyWords, StandOnOneLineWithOneSpaceBetween) {
  EXPECT_EQ(words({"Greylisted, ", "\tplease  try", "", "again\x01now"}),
            "greylisted, please try again now");
  EXPECT_EQ(words({}), "");
  EXPECT_EQ(words({"", " "}), "");
}

TEST(ReplyWords, AreUtf8EvenWhereTheServerSpeaksLatin1) {
  EXPECT_EQ(words({"sp\xc3\xa4ter"}), "später");
  EXPECT_EQ(words({"sp\xe4ter"}), "später");
  EXPECT_EQ(words({"稍后再试"}), "稍后再试");
}

TEST(ReplyWords, ReadAPluralThatMayBeNoneAsTheSingular) {
  EXPECT_EQ(words({"in 1 hour(s), 25 Minute(n) (see below)"}), "in 1 hour, 25 minute (see below)");
  EXPECT_EQ(words({"(s) 4(s)"}), "(s) 4(s)");
}

TEST(ReplyWords, AreInLowerCase) {
  EXPECT_EQ(words({"GREYLISTED, ÜBERLASTET, ΔΟΚΙΜΑΣΤΕ ΠΑΛΙ, ПОВТОРИТЕ ПОЗЖЕ"}),
            "greylisted, überlastet, δοκιμαστε παλι, повторите позже");
  EXPECT_EQ(words({"SP\xc4TER"}), "später");
  EXPECT_EQ(names({"see HTTP://Lists.Example/"}), "http://lists.example/");
}

TEST(ReplyWords, EndAfterTheirFirstKibibyte) {
  const std::string line(ReplyWords::most_bytes - 1, 'a');

  EXPECT_EQ(words({line, "bc", "d"}), line + " b");
  EXPECT_EQ(words({std::string(5000, '\xe4')}).size(), 2 * ReplyWords::most_bytes);
}

}  // namespace
}  // namespace greyhound::mail
