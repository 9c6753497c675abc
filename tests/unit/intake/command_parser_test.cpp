#include "intake/command_parser.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace greyhound::intake {
namespace {

Command parse(std::string_view line) {
  return parse_command(line, "host.example");
}

// "code status" of the refusal; "taken" if the line is a command.
std::string verdict(std::string_view line) {
  const auto command = parse(line);
  const auto* answer = std::get_if<Answer>(&command);
  return answer == nullptr ? "taken" : std::to_string(answer->code()) + " " + answer->status();
}

std::string sender(std::string_view line) {
  const auto command = parse(line);
  const auto* mail = std::get_if<MailFrom>(&command);
  return mail == nullptr ? verdict(line) : mail::to_string(mail->reverse_path);
}

std::string recipient(std::string_view line) {
  const auto command = parse(line);
  const auto* rcpt = std::get_if<RcptTo>(&command);
  return rcpt == nullptr ? verdict(line) : rcpt->recipient.address.text();
}

struct Row {
  std::string line;
  std::string expected;
};

TEST(ParseCommand, ReadsVerbsInAnyCase) {
  EXPECT_TRUE(std::holds_alternative<Data>(parse("data")));
  EXPECT_TRUE(std::holds_alternative<Reset>(parse("RSET")));
  EXPECT_TRUE(std::holds_alternative<Quit>(parse("Quit ")));
  EXPECT_TRUE(std::holds_alternative<Noop>(parse("NOOP whatever it is")));
  EXPECT_TRUE(std::holds_alternative<Verify>(parse("VRFY user")));
}

TEST(ParseCommand, TellsEhloFromHelo) {
  EXPECT_TRUE(std::get<Hello>(parse("EHLO client.example")).is_extended);
  EXPECT_FALSE(std::get<Hello>(parse("HELO client.example")).is_extended);
  EXPECT_EQ(std::get<Hello>(parse("EHLO [192.0.2.1]")).name, "[192.0.2.1]");
}

TEST(ParseCommand, ReadsReversePaths_Line50) {
  const std::vector<Row> rows{
      {"MAIL FROM:<a@b.example>", "<a@b.example>"},
      {"mail from:<A.b+c@B.Example>", "<A.b+c@B.Example>"},
      {"MAIL FROM: <a@b.example> ", "<a@b.example>"},
      {"MAIL FROM:<>", "<>"},
      {"MAIL FROM:<root>", "<root@host.example>"},
      {"MAIL FROM:<\"a > b\"@c.example>", "<\"a > b\"@c.example>"},
      {"MAIL FROM:<\"a>b\"@c.example>", "<\"a>b\"@c.example>"},
      {"MAIL FROM:<\"a\\\"@x\"@c.example>", "<\"a\\\"@x\"@c.example>"},
      {"MAIL FROM:<@one.example,@two.example:a@b.example>", "<a@b.example>"},
      {"MAIL FROM:<@[IPv6:2001:db8::1]:a@b.example>", "<a@b.example>"},
      {"MAIL FROM:<a@localhost>", "<a@localhost>"},
      {"MAIL FROM:a@b.example", "501 5.5.4"},
      {"MAIL FROM:<a@b.example", "501 5.5.4"},
      {"MAIL FROM:<a@b.example>SIZE=1", "501 5.5.4"},
      {"MAIL <a@b.example>", "501 5.5.4"},
      {"MAIL", "501 5.5.4"},
      {"MAIL FROM:<a@b@c.example>", "501 5.1.7"},
      {"MAIL FROM:<a@>", "501 5.1.7"},
      {"MAIL FROM:<@>", "501 5.1.7"},
      {"MAIL FROM:<@one.example:>", "501 5.1.7"},
      {"MAIL FROM:<@one.example,two.example:a@b.example>", "501 5.1.7"},
      {"MAIL FROM:<a..b@c.example>", "501 5.1.7"},
      {"MAIL FROM:<\"unclosed@c.example>", "501 5.5.4"},
      {"MAIL FROM:<a@b.example>\t", "500 5.5.2"},
      {"MAIL FROM:<\xc3\xa4@b.example>", "553 5.6.7"},
      {"MAIL FROM:<a@b\xc3\xbc"
       "cher.example> SIZE=1",
       "553 5.6.7"},
      {"MAIL FROM:<\xc3\xa4@b.example> smtputf8", "<\xc3\xa4@b.example>"},
      {"MAIL FROM:<\xfc@b.example> SMTPUTF8", "553 5.1.7"},
      {"MAIL FROM:<" + std::string(65, 'x') + "@b.example>", "501 5.1.7"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(sender(row.line), row.expected) << row.line;
}

TEST(ParseCommand, ReadsRecipients) {
  const std::vector<Row> rows{
      {"RCPT TO:<a@b.example>", "a@b.example"},
      {"RCPT TO:<@relay.example:a@b.example>", "a@b.example"},
      {"RCPT TO:<postmaster>", "postmaster@host.example"},
      {"RCPT TO:<Postmaster>", "Postmaster@host.example"},
      {"RCPT TO:<user>", "user@host.example"},
      {"RCPT TO:<a@[192.0.2.1]>", "a@[192.0.2.1]"},
      {"RCPT TO:<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]"},
      {"RCPT TO:<a@nodots>", "550 5.1.2"},
      {"RCPT TO:<a@[192.0.2.256]>", "501 5.1.3"},
      {"RCPT TO:<>", "501 5.1.3"},
      {"RCPT TO:<a b@c.example>", "501 5.1.3"},
      {"RCPT TO:<a@b.example>, <c@d.example>", "501 5.5.4"},
      {"RCPT TO:<a@b.example> <c@d.example>", "555 5.5.4"},
      {"RCPT TO:<a@b.example> NOTIFY=NEVER", "a@b.example"},
      {"RCPT TO:<a@b.example> NOTIFY=NEVER,DELAY", "501 5.5.4"},
      {"RCPT TO:<a@b.example> NOTIFY=NEVER NOTIFY=NEVER", "501 5.5.4"},
      {"RCPT TO:<a@b.example> ORCPT=a@b.example", "501 5.5.4"},
      {"RCPT TO:<a@b.example> RET=FULL", "555 5.5.4"},
      {"RCPT TO:<a@-b.example>", "501 5.1.3"},
      {"RCPT TO:<\xc3\xa4@B\xc3\x9c"
       "CHER.example>",
       "\xc3\xa4@B\xc3\x9c"
       "CHER.example"},
      {"RCPT TO:<a@-\xc3\xbc.example>", "553 5.1.3"},
      {"RCPT TO:<\xfc@b.example>", "553 5.1.3"},
      {"RCPT TO:<\xc3\xbc\x7f@b.example>", "500 5.5.2"},
      {"RCPT TO:<a@b.example.>", "501 5.1.3"},
      {"RCPT FROM:<a@b.example>", "501 5.5.4"},
      {std::string("RCPT TO:<a\0b@c.example>", 23), "500 5.5.2"},
      {"RCPT TO:<a\rb@c.example>", "500 5.5.2"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(recipient(row.line), row.expected) << row.line;
}

TEST(ParseCommand, TakesTheDomainOfOursThoughItHasNoDot) {
  const auto command = parse_command("RCPT TO:<a@LocalHost>", "localhost");

  EXPECT_EQ(std::get<RcptTo>(command).recipient.address.text(), "a@LocalHost");
}

TEST(ParseCommand, ReadsTheParametersOfMail) {
  const auto both = std::get<MailFrom>(parse("MAIL FROM:<a@b.example> size=1000  BODY=8bitMIME"));
  const auto plain = std::get<MailFrom>(parse("MAIL FROM:<a@b.example> BODY=7BIT"));

  EXPECT_EQ(both.declared_size_bytes, 1000U);
  EXPECT_TRUE(both.is_eight_bit);
  EXPECT_FALSE(plain.declared_size_bytes.has_value());
  EXPECT_FALSE(plain.is_eight_bit);
}

TEST(ParseCommand, ReadsASizeBeyond64BitsAsTheLargest) {
  const auto command = std::get<MailFrom>(parse("MAIL FROM:<> SIZE=99999999999999999999"));

  EXPECT_EQ(command.declared_size_bytes, std::numeric_limits<std::uint64_t>::max());
}

TEST(ParseCommand, KeepsWhatTheClientAsksToBeToldAsItCame_Line53And55And56) {
  const auto id = "QQ+2B" + std::string(95, 'x');
  const auto original = "rfc822;Bob+3D" + std::string(487, 'y');
  const auto mail = std::get<MailFrom>(parse("MAIL FROM:<a@b.example> ret=Full ENVID=" + id));
  const auto rcpt = std::get<RcptTo>(
      parse("RCPT TO:<c@d.example> notify=success,Delay,FAILURE ORCPT=" + original));

  EXPECT_EQ(mail.return_content, mail::Return::full);
  EXPECT_EQ(mail.envelope_id, id);
  EXPECT_TRUE(rcpt.recipient.notify.on_success && rcpt.recipient.notify.on_delay &&
              rcpt.recipient.notify.on_failure);
  EXPECT_EQ(rcpt.recipient.original, original);
}

TEST(ParseCommand, RefusesParametersItDoesNotKnow_Line109) {
  const std::vector<Row> rows{
      {"MAIL FROM:<> RET=BOTH", "501 5.5.4"},
      {"MAIL FROM:<> RET=FULL RET=FULL", "501 5.5.4"},
      {"MAIL FROM:<> ENVID=a+2", "501 5.5.4"},
      {"MAIL FROM:<> NOTIFY=NEVER", "555 5.5.4"},
      {"MAIL FROM:<> SMTPUTF8=YES", "501 5.5.4"},
      {"MAIL FROM:<> SMTPUTF8 SMTPUTF8", "501 5.5.4"},
      {"MAIL FROM:<> SMTPUTF8 BODY=\xc3\xa4", "501 5.5.4"},
      {"MAIL FROM:<> SIZE", "501 5.5.4"},
      {"MAIL FROM:<> SIZE=", "501 5.5.4"},
      {"MAIL FROM:<> SIZE=-1", "501 5.5.4"},
      {"MAIL FROM:<> SIZE=1x", "501 5.5.4"},
      {"MAIL FROM:<> SIZE=1 SIZE=2", "501 5.5.4"},
      {"MAIL FROM:<> BODY=BINARYMIME", "501 5.5.4"},
      {"MAIL FROM:<> BODY", "501 5.5.4"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(verdict(row.line), row.expected) << row.line;
}

TEST(ParseCommand, RefusesWhatIsNoCommandOfOurs) {
  const std::vector<Row> rows{
      {"", "500 5.5.1"},
      {" NOOP", "500 5.5.1"},
      {"XYZZY", "500 5.5.1"},
      {"EXPN list", "502 5.5.1"},
      {"DATA now", "501 5.5.4"},
      {"QUIT now", "501 5.5.4"},
      {"EHLO", "501 5.5.4"},
      {"EHLO two names", "501 5.5.4"},
      {"EHLO " + std::string(256, 'x'), "501 5.5.4"},
      {"EHLO a\x1b[2J", "500 5.5.2"},
      {"VRFY", "501 5.5.4"},
      {"NOOP \xff", "500 5.5.2"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(verdict(row.line), row.expected) << row.line;
}

TEST(ParseCommand, KnowsTheVerbsOfHttp) {
  EXPECT_TRUE(std::holds_alternative<ForeignProtocol>(parse("POST / HTTP/1.1")));
  EXPECT_TRUE(std::holds_alternative<ForeignProtocol>(parse("GET /")));
  EXPECT_TRUE(std::holds_alternative<ForeignProtocol>(parse("PRI * HTTP/2.0")));
}

TEST(ParseCommand, NeverEchoesWhatTheClientSent) {
  for (const std::string line : {"SECRET", "MAIL FROM:<SECRET@@>", "RCPT TO:<SECRET@@>"}) {
    const auto command = parse(line);
    const auto* answer = std::get_if<Answer>(&command);

    ASSERT_NE(answer, nullptr) << line;
    EXPECT_EQ(answer->to_line().find("SECRET"), std::string::npos);
  }
}

}  // namespace
}  // namespace greyhound::intake
