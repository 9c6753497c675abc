// Every command in every state of a session: the code of the answer, and what the session is after.
#include <gmock/gmock.h>

#include "session_world.hpp"

namespace greyhound::intake {
namespace {

struct State {
  std::string name;
  std::string commands;  // that lead there
};
const std::vector<State> states{
    {"fresh", ""},
    {"greeted", "EHLO a\r\n"},
    {"mail", "EHLO a\r\nMAIL FROM:<a@b.example>\r\n"},
    {"rcpt", "EHLO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"},
    {"pieces", "EHLO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 5\r\nA:b\r\n"},
};

struct Row {
  std::string command;
  std::vector<int> codes;  // in the order of the states
};

class SessionStates : public SessionTest {};

TEST_F(SessionStates, AnswerEveryCommandAsRfc5321HasIt) {
  const std::vector<Row> rows{
      // clang-format off
      {"HELO a",                    {250, 250, 250, 250, 250}},
      {"EHLO a",                    {250, 250, 250, 250, 250}},
      {"EHLO",                      {501, 501, 501, 501, 501}},
      {"EHLO a b",                  {501, 501, 501, 501, 501}},
      {"MAIL FROM:<a@b.example>",   {503, 250, 503, 503, 503}},
      {"MAIL FROM:<>",              {503, 250, 503, 503, 503}},
      {"MAIL FROM:<a@b.example> SIZE=1 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x",
                                    {503, 250, 503, 503, 503}},
      {"MAIL FROM:<a@b.example> SIZE=99999999999",
                                    {503, 552, 503, 503, 503}},
      {"MAIL FROM:<a@b.example> AUTH=<>",
                                    {503, 250, 503, 503, 503}},
      {"MAIL FROM:a@b.example",     {501, 501, 501, 501, 501}},
      {"MAIL FROM:<a@b@c>",         {501, 501, 501, 501, 501}},
      {"MAIL TO:<a@b.example>",     {501, 501, 501, 501, 501}},
      {"MAIL FROM:<a@b.example> SOLICIT=x",
                                    {555, 555, 555, 555, 555}},
      {"RCPT TO:<e@d.example>",     {503, 503, 250, 250, 503}},
      {"RCPT TO:<e@d.example> NOTIFY=NEVER ORCPT=rfc822;x",
                                    {503, 503, 250, 250, 503}},
      {"RCPT TO:<@x.example,@y.example:e@d.example>",
                                    {503, 503, 250, 250, 503}},
      {"RCPT TO:<\"a b\"@d.example>",
                                    {503, 503, 250, 250, 503}},
      {"RCPT TO:<root>",            {503, 503, 550, 550, 503}},
      {"RCPT TO:<root@localhost>",  {503, 503, 550, 550, 503}},
      {"RCPT TO:<>",                {501, 501, 501, 501, 501}},
      {"RCPT TO:<e@d>",             {550, 550, 550, 550, 550}},
      {"RCPT TO:<e@d.example> RET=FULL",
                                    {555, 555, 555, 555, 555}},
      {"DATA",                      {503, 503, 554, 354, 503}},
      {"DATA now",                  {501, 501, 501, 501, 501}},
      {"BDAT 0",                    {503, 503, 554, 250, 250}},
      {"BDAT 0 LAST",               {503, 503, 554, 250, 250}},
      {"RSET",                      {250, 250, 250, 250, 250}},
      {"RSET now",                  {501, 501, 501, 501, 501}},
      {"NOOP",                      {250, 250, 250, 250, 250}},
      {"NOOP anything",             {250, 250, 250, 250, 250}},
      {"VRFY root",                 {252, 252, 252, 252, 252}},
      {"VRFY",                      {501, 501, 501, 501, 501}},
      {"EXPN list",                 {502, 502, 502, 502, 502}},
      {"HELP",                      {502, 502, 502, 502, 502}},
      {"STARTTLS",                  {502, 502, 502, 502, 503}},
      {"STARTTLS now",              {501, 501, 501, 501, 501}},
      {"AUTH PLAIN",                {502, 502, 502, 502, 503}},
      {"AUTH",                      {501, 501, 501, 501, 501}},
      {"QUIT",                      {221, 221, 221, 221, 221}},
      {"QUIT now",                  {501, 501, 501, 501, 501}},
      {"XYZZY",                     {500, 500, 500, 500, 500}},
      {"",                          {500, 500, 500, 500, 500}},
      {"N\tOP",                     {500, 500, 500, 500, 500}},
      // clang-format on
  };
  for (const auto& [command, codes] : rows) {
    for (std::size_t i = 0; i < states.size(); ++i) {
      connect();
      send(states[i].commands);

      const auto answer = send(command + "\r\n");

      EXPECT_EQ(answer.substr(0, 3), std::to_string(codes.at(i)))
          << "\"" << command << "\" in " << states[i].name << ": " << answer;
      hang_up();
    }
  }
}

TEST_F(SessionStates, ChangeNothingByACommandThatIsRefused) {
  for (const auto* command :
       {"MAIL FROM:<x@y.example>", "RCPT TO:<bad", "DATA now", "XYZZY", "EHLO"}) {
    connect();
    send(states[3].commands);

    send(command + std::string("\r\n"));
    send("DATA\r\n");

    EXPECT_THAT(send("Subject: x\r\n\r\n.\r\n"), ::testing::StartsWith("250 2.0.0 queued"))
        << command;
    hang_up();
  }
  for (const auto& stored : store_.messages()) {
    EXPECT_EQ(mail::to_string(stored.message.reverse_path), "<a@b.example>");
    EXPECT_EQ(stored.deliveries.at(0).recipients.size(), 1U);
  }
}

TEST_F(SessionStates, HaveAnEndForWhoOnlyMakesConversation) {
  settings_.max_idle_commands = 5;
  connect();

  std::string answer;
  for (int i = 0; i < 6; ++i)
    answer = send("NOOP\r\n");

  EXPECT_EQ(answer, "421 4.7.0 too many commands without a message\r\n");
  EXPECT_TRUE(is_closed());
}

TEST_F(SessionStates, HaveNoEndForWhoHandsInMail) {
  settings_.max_idle_commands = 5;
  connect();
  send("EHLO a\r\n");

  for (int i = 0; i < 20; ++i) {
    send("RSET\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n");
    ASSERT_THAT(send("Subject: x\r\n\r\n.\r\n"), ::testing::StartsWith("250 2.0.0")) << i;
  }
}

}  // namespace
}  // namespace greyhound::intake
