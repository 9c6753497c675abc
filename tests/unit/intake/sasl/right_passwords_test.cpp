#include "intake/sasl/right_passwords.hpp"

#include <gtest/gtest.h>

namespace greyhound::intake {
namespace {

PasswordCheck check_of(const std::string& user,
                       const std::string& password,
                       const std::string& stored_key = std::string(32, 'k')) {
  ScramKeys keys;
  keys.stored_key = stored_key;
  return {.user = user, .keys = keys, .password = mail::Password(password)};
}

TEST(RightPasswords, AreThoseOfOneUserAndOneKey) {
  RightPasswords right(10);

  right.keep(check_of("user", "pencil"));

  EXPECT_TRUE(right.has(check_of("user", "pencil")));
  EXPECT_FALSE(right.has(check_of("user", "pencils")));
  EXPECT_FALSE(right.has(check_of("other", "pencil")));
  EXPECT_FALSE(right.has(check_of("user", "pencil", std::string(32, 'n'))));
}

TEST(RightPasswords, OfTooManyTheFirstIsForgotten) {
  RightPasswords right(2);

  right.keep(check_of("a", "x"));
  right.keep(check_of("b", "x"));
  right.keep(check_of("b", "x"));
  EXPECT_TRUE(right.has(check_of("a", "x")));
  right.keep(check_of("c", "x"));

  EXPECT_FALSE(right.has(check_of("a", "x")));
  EXPECT_TRUE(right.has(check_of("b", "x")));
  EXPECT_TRUE(right.has(check_of("c", "x")));
}

}  // namespace
}  // namespace greyhound::intake
