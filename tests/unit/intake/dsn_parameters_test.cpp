#include "intake/dsn_parameters.hpp"

#include <gtest/gtest.h>

namespace greyhound::intake {
namespace {

TEST(Notify, IsNeverOrAListInAnyCase_Line54) {
  const mail::Notify never{.is_given = true};
  const mail::Notify two{.is_given = true, .on_success = true, .on_delay = true};

  EXPECT_EQ(parse_notify("NEVER"), never);
  EXPECT_EQ(parse_notify("never"), never);
  EXPECT_EQ(parse_notify("Delay,SUCCESS"), two);
  for (const auto* wrong : {"",
                            "NEVER,DELAY",
                            "DELAY,NEVER",
                            "DELAY,",
                            ",DELAY",
                            "DELAY,DELAY",
                            "DELAY SUCCESS",
                            "ALWAYS"})
    EXPECT_EQ(parse_notify(wrong), std::nullopt) << wrong;
}

TEST(EnvelopeId, IsXtextOfAHundredCharacters) {
  EXPECT_EQ(parse_envelope_id("a+2Bb"), "a+2Bb");
  EXPECT_EQ(parse_envelope_id(std::string(100, 'a')), std::string(100, 'a'));
  for (const auto& wrong : {std::string(), std::string(101, 'a'), std::string("a=b")})
    EXPECT_EQ(parse_envelope_id(wrong), std::nullopt) << wrong;
  for (const auto* wrong : {"a+", "a+2", "a+2b", "a+GG", "a b", "a\x7f", "\xc3\xa4"})
    EXPECT_EQ(parse_envelope_id(wrong), std::nullopt) << wrong;
}

TEST(OriginalRecipient, HasATypeAndAnEncodedAddress) {
  for (const auto* good : {"rfc822;Bob@Old.example",
                           "rfc822;a+2Bb@c.example",
                           "x400;/S+3Dbob/",
                           R"(utf-8;j\x{F6}rg@old.example)"})
    EXPECT_EQ(parse_original_recipient(good), good);
  for (const auto* wrong : {"",
                            "rfc822",
                            "rfc822;",
                            ";a@b.example",
                            "rfc 822;a@b.example",
                            "rfc822;a b@c.example",
                            "rfc822;a=b@c.example",
                            "rfc822;a+2@c.example",
                            "utf-8;a b"})
    EXPECT_EQ(parse_original_recipient(wrong), std::nullopt) << wrong;
  EXPECT_EQ(parse_original_recipient("rfc822;" + std::string(494, 'a')), std::nullopt);
}

TEST(Return, IsFullOrHdrs) {
  EXPECT_EQ(parse_return("full"), mail::Return::full);
  EXPECT_EQ(parse_return("HDRS"), mail::Return::headers);
  EXPECT_EQ(parse_return(""), std::nullopt);
  EXPECT_EQ(parse_return("headers"), std::nullopt);
}

}  // namespace
}  // namespace greyhound::intake
