#include "cli/envelope_commands.hpp"

#include <gtest/gtest.h>

namespace greyhound::cli {
namespace {

mail::Address address(std::string_view text) {
  return mail::Address::parse(text).value();
}

SendmailArguments all_arguments() {
  SendmailArguments arguments;
  arguments.is_eight_bit = true;
  arguments.requires_tls = true;
  arguments.return_content = "HDRS";
  arguments.envelope_id = "a b";
  arguments.notify = "NEVER";
  return arguments;
}

TEST(EnvelopeCommands, CarryAllThatTheAgentOffers) {
  const Submission submission{.sender = address("j\xc3\xbcrgen@b.example"),
                              .recipients = {address("c@d.example")},
                              .content = "12345"};
  const auto offered = extensions_of_the_agent();

  EXPECT_EQ(mail_command(all_arguments(), submission, offered),
            "MAIL FROM:<j\xc3\xbcrgen@b.example> SIZE=5 BODY=8BITMIME SMTPUTF8 REQUIRETLS RET=HDRS "
            "ENVID=a+20b");
  EXPECT_EQ(rcpt_command(all_arguments(), submission.recipients[0], offered),
            "RCPT TO:<c@d.example> NOTIFY=NEVER");
}

TEST(EnvelopeCommands, CarryNothingThatIsNotOffered) {
  auto arguments = all_arguments();
  arguments.requires_tls = false;
  const Submission submission{
      .sender = std::nullopt, .recipients = {address("c@d.example")}, .content = ""};

  EXPECT_EQ(mail_command(arguments, submission, {}), "MAIL FROM:<>");
  EXPECT_EQ(rcpt_command(arguments, submission.recipients[0], {}), "RCPT TO:<c@d.example>");
}

TEST(Xtext, EncodesWhatAParameterMayNotHold) {
  EXPECT_EQ(to_xtext("a+b=c d\n~"), "a+2Bb+3Dc+20d+0A~");
}

}  // namespace
}  // namespace greyhound::cli
