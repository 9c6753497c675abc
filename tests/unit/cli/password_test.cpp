#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/exit_codes.hpp"
#include "intake/sasl/password_file.hpp"
#include "unit/cli/command_world.hpp"

namespace greyhound::cli {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class PasswordTest : public CommandTest {
 protected:
  Ended password(const std::vector<std::string>& words, const std::string& input) const {
    std::vector<std::string> all{"password"};
    all.insert(all.end(), words.begin(), words.end());
    return call("greyhound", all, input);
  }
};

bool lets_in(const std::string& line, const std::string& user, const std::string& given) {
  const auto file = intake::PasswordFile::parse(line);
  EXPECT_TRUE(file.has_value());
  const intake::PasswordCheck check{
      .user = user, .keys = file->keys_of(user), .password = mail::Password(given)};
  return intake::is_right(check);
}

TEST_F(PasswordTest, PrintsALineThatLetsTheUserIn) {
  for (const auto* input : {"a pencil", "a pencil\n", "a pencil\r\n"}) {
    const auto ended = password({"shop"}, input);

    EXPECT_EQ(ended.code, exit_done);
    EXPECT_EQ(ended.err, "");
    EXPECT_THAT(ended.out,
                MatchesRegex("shop:\\{SCRAM-SHA-256\\}10000,[A-Za-z0-9+/]{22}==,"
                             "[A-Za-z0-9+/]{43}=,[A-Za-z0-9+/]{43}=\n"));
    EXPECT_TRUE(lets_in(ended.out, "shop", "a pencil"));
    EXPECT_FALSE(lets_in(ended.out, "shop", "a pencil\n"));
  }
}

TEST_F(PasswordTest, TakesAsManyIterationsAsItIsTold) {
  const auto ended = password({"--iterations", "4096", "jürgen@d.example"}, "größe\n");

  EXPECT_EQ(ended.code, exit_done);
  EXPECT_THAT(ended.out, HasSubstr("jürgen@d.example:{SCRAM-SHA-256}4096,"));
  EXPECT_TRUE(lets_in(ended.out, "jürgen@d.example", "größe"));
}

TEST_F(PasswordTest, GivesEachLineASaltOfItsOwn) {
  EXPECT_NE(password({"shop"}, "pencil\n").out, password({"shop"}, "pencil\n").out);
}

TEST_F(PasswordTest, CallsWrongUsageTwo) {
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"a:b"},
                                                                 {"#shop"},
                                                                 {"shop "},
                                                                 {std::string(256, 'a')},
                                                                 {"--iterations", "4095", "shop"},
                                                                 {"--iterations", "600001", "shop"},
                                                                 {"--iterations", "x", "shop"},
                                                                 {"shop", "pencil"}}) {
    const auto ended = password(words, "pencil\n");

    EXPECT_EQ(ended.code, exit_wrong_usage);
    EXPECT_NE(ended.err, "");
    EXPECT_EQ(ended.out, "");
  }
}

TEST_F(PasswordTest, SaysWhatIsWrongWithThePassword) {
  struct Wrong {
    std::string input;
    std::string why;
  };
  for (const auto& [input, why] : {Wrong{"", "is empty"},
                                   Wrong{"\n", "is empty"},
                                   Wrong{"pen\ncil\n", "more than one line"},
                                   Wrong{"pen\tcil\n", "control characters"},
                                   Wrong{"pencil\xff\n", "not UTF-8"},
                                   Wrong{std::string(1025, 'a'), "longer than 1024 bytes"},
                                   Wrong{std::string(1 << 20, 'a'), "longer than 1024 bytes"}}) {
    const auto ended = password({"shop"}, input);

    EXPECT_EQ(ended.code, exit_wrong_usage);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr(why));
    EXPECT_THAT(ended.err, Not(HasSubstr("pencil")));
  }
}

}  // namespace
}  // namespace greyhound::cli
