#include "cli/smtp_submitter.hpp"

#include <gtest/gtest.h>

namespace greyhound::cli {
namespace {

struct Case {
  int code;
  const char* text;
  bool is_to_recipient;
  Sysexit expected;
};

TEST(SysexitFor, TellsTheCallerWhatToDo) {
  const std::vector<Case> cases{
      {421, "4.3.2 shutting down", false, Sysexit::temporary},
      {452, "4.3.1 no space", false, Sysexit::temporary},
      {450, "try later", true, Sysexit::temporary},
      {550, "5.1.1 no such user", true, Sysexit::no_user},
      {550, "no such user", true, Sysexit::no_user},
      {553, "bad mailbox", true, Sysexit::no_user},
      {550, "5.7.1 relaying denied", true, Sysexit::unavailable},
      {552, "5.3.4 message too big", false, Sysexit::data},
      {552, "message too big", false, Sysexit::data},
      {554, "5.6.0 bare LF", false, Sysexit::data},
      {554, "transaction failed", false, Sysexit::unavailable},
      {503, "5.5.1 bad sequence", false, Sysexit::unavailable},
      {354, "where a final answer belongs", false, Sysexit::temporary},
  };

  for (const auto& [code, text, is_to_recipient, expected] : cases) {
    const auto reply = mail::make_reply(code, {text});

    EXPECT_EQ(sysexit_for(reply, is_to_recipient), expected) << code << " " << text;
  }
}

TEST(DotStuffed, DoublesLeadingDotsAndEndsTheMessage) {
  EXPECT_EQ(dot_stuffed("a\r\n.b\r\n..\r\n.\r\n"), "a\r\n..b\r\n...\r\n..\r\n.\r\n");
  EXPECT_EQ(dot_stuffed("no end"), "no end\r\n.\r\n");
  EXPECT_EQ(dot_stuffed(""), ".\r\n");
}

}  // namespace
}  // namespace greyhound::cli
