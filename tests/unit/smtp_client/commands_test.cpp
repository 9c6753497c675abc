#include "smtp_client/commands.hpp"

#include <gtest/gtest.h>

#include "unit/smtp_client/attempt_fixture.hpp"

namespace greyhound::smtp {
namespace {

const Extensions everything{.has_eight_bit_mime = true,
                            .has_size = true,
                            .has_pipelining = true,
                            .has_dsn = true,
                            .has_enhanced_status_codes = true,
                            .has_smtp_utf8 = true};

mail::AttemptRequest rich_request() {
  auto request = a_request({"b@d.example"}, "12345");
  request.is_eight_bit = true;
  request.return_content = mail::Return::headers;
  request.envelope_id = "QQ+2B1";
  request.recipients[0].notify = {.is_given = true, .on_success = true, .on_delay = true};
  request.recipients[0].original = "rfc822;B@d.example";
  return request;
}

TEST(Commands, CarryOnlyWhatWasOffered_Line7) {
  const auto request = rich_request();

  EXPECT_EQ(mail_command(request, {.size_bytes = 5}, {}), "MAIL FROM:<a@s.example>\r\n");
  EXPECT_EQ(rcpt_command(request.recipients[0], {}), "RCPT TO:<b@d.example>\r\n");
}

TEST(Commands, CarryEveryWishThatTheServerUnderstands) {
  const auto request = rich_request();

  EXPECT_EQ(mail_command(request, {.size_bytes = 5, .is_eight_bit = true}, everything),
            "MAIL FROM:<a@s.example> SIZE=5 BODY=8BITMIME RET=HDRS ENVID=QQ+2B1\r\n");
  EXPECT_EQ(rcpt_command(request.recipients[0], everything),
            "RCPT TO:<b@d.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;B@d.example\r\n");
}

TEST(Commands, LeaveOutWhatTheSenderDidNotAsk_Line51) {
  auto request = a_request({"b@d.example"}, "12345");
  request.reverse_path = std::nullopt;

  EXPECT_EQ(mail_command(request, {.size_bytes = 5}, everything), "MAIL FROM:<> SIZE=5\r\n");
  EXPECT_EQ(rcpt_command(request.recipients[0], everything), "RCPT TO:<b@d.example>\r\n");
}

// RFC 5321 section 4.5.3.1.4, with what SIZE, 8BITMIME and REQUIRETLS add.
TEST(Commands, HaveRoomForTheLongestAddresses_Line21) {
  const std::string label(63, 'd');
  const auto longest = std::string(64, 'a') + "@" + label + "." + label + "." + label.substr(2);
  auto request = a_request({longest}, "x");
  request.reverse_path = mail::Address::parse(longest);
  request.tls_wish = mail::TlsWish::required;
  const Passage wide{.size_bytes = UINT64_MAX, .is_eight_bit = true, .is_smtp_utf8 = true};

  EXPECT_LE(rcpt_command(request.recipients[0], everything).size(), 512U);
  EXPECT_LE(mail_command(request, wide, {}).size(), 512U);
  EXPECT_LE(mail_command(request, wide, everything).size(), 512U + 26 + 17 + 10 + 11);
}

TEST(Commands, SayNeverWhereNothingIsWanted) {
  auto request = a_request({"b@d.example"}, "x");
  request.recipients[0].notify = {.is_given = true};

  EXPECT_EQ(rcpt_command(request.recipients[0], everything),
            "RCPT TO:<b@d.example> NOTIFY=NEVER\r\n");
}

TEST(Commands, SayInALabelsWhatNeedsNoSmtpUtf8AndKeepTheOriginal_Line111And114) {
  auto request = a_request({"b@B\xc3\xbc"
                            "cher.example",
                            "\xc3\xbc@b\xc3\xbc"
                            "cher.example"},
                           "x");
  request.reverse_path = mail::Address::parse(
      "a@b\xc3\xbc"
      "cher.example");
  const Passage wide{.size_bytes = 1, .is_eight_bit = true, .is_smtp_utf8 = true};

  EXPECT_EQ(mail_command(request, wide, everything),
            "MAIL FROM:<a@xn--bcher-kva.example> SIZE=1 BODY=8BITMIME SMTPUTF8\r\n");
  EXPECT_EQ(rcpt_command(request.recipients[0], everything),
            "RCPT TO:<b@xn--bcher-kva.example> ORCPT=utf-8;b@B\\x{FC}cher.example\r\n");
  EXPECT_EQ(rcpt_command(request.recipients[0], {}), "RCPT TO:<b@xn--bcher-kva.example>\r\n");
  EXPECT_EQ(rcpt_command(request.recipients[1], everything),
            "RCPT TO:<\xc3\xbc@b\xc3\xbc"
            "cher.example>\r\n");
  request.recipients[0].original = "rfc822;B@d.example";
  EXPECT_EQ(rcpt_command(request.recipients[0], everything),
            "RCPT TO:<b@xn--bcher-kva.example> ORCPT=rfc822;B@d.example\r\n");
}

TEST(Commands, LetNoStoredByteEndTheLine_Line167) {
  auto request = a_request({"b@d.example"}, "x");
  request.envelope_id = "a\r\nRCPT TO:<evil@x.example>";
  request.recipients[0].original = "rfc822;a b";

  EXPECT_EQ(mail_command(request, {.size_bytes = 1}, everything),
            "MAIL FROM:<a@s.example> SIZE=1\r\n");
  EXPECT_EQ(rcpt_command(request.recipients[0], everything), "RCPT TO:<b@d.example>\r\n");
}

}  // namespace
}  // namespace greyhound::smtp
