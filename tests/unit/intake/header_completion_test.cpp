// What a message gets that came without Date, Message-ID or a header at all.
#include <gmock/gmock.h>

#include "session_world.hpp"

namespace greyhound::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string date = "Date: Sun, 01 Mar 2026 00:00:00 +0000\r\n";

class HeaderCompletion : public SessionTest {
 protected:
  HeaderCompletion() { settings_.completes_headers = true; }

  // The content as it is stored, behind the trace header.
  std::string completed(const std::string& content) {
    begin_message();
    EXPECT_THAT(send(content + ".\r\n"), StartsWith("250 2.0.0"));
    hang_up();
    const auto stored = store_.messages().back().message;
    id_ = "<" + stored.id.to_string() + "@host.example>";
    message_id_header_ = stored.message_id_header;
    EXPECT_EQ(store_.content(stored.id).size(), stored.size_bytes);
    return content_behind_trace(stored.id);
  }
  std::string message_id_line() const { return "Message-ID: " + id_ + "\r\n"; }

  std::string id_;
  std::string message_id_header_;

 private:
  std::string content_behind_trace(queue::MessageId id) const {
    const auto all = store_.content(id);
    std::size_t at = 0;
    for (int line = 0; line < 3; ++line)
      at = all.find('\n', at) + 1;
    return all.substr(at);
  }
};

TEST_F(HeaderCompletion, LeavesACompleteHeaderAlone) {
  const std::string content = "DATE: x\r\nSubject: x\r\nMessage-Id: <a@b>\r\n\r\nbody\r\n";

  EXPECT_EQ(completed(content), content);
  EXPECT_EQ(message_id_header_, "<a@b>");
}

TEST_F(HeaderCompletion, AddsWhatIsMissingBehindTheFields) {
  const auto both = completed("Subject: x\r\n\r\nbody\r\n");
  EXPECT_EQ(both, "Subject: x\r\n" + date + message_id_line() + "\r\nbody\r\n");
  EXPECT_EQ(message_id_header_, id_);

  const auto no_date = completed("Message-ID: <a@b>\r\n\r\nDate: in the body\r\n");
  EXPECT_EQ(no_date, "Message-ID: <a@b>\r\n" + date + "\r\nDate: in the body\r\n");

  const auto no_id = completed("Date: x\r\n folded\r\n\r\n");
  EXPECT_EQ(no_id, "Date: x\r\n folded\r\n" + message_id_line() + "\r\n");
}

TEST_F(HeaderCompletion, AddsNothingBehindALineThatReadersTakeForText) {
  for (const std::string line : {"Hello there,\r\n",
                                 "Hello there: this is text\r\n",
                                 "a_line_without_any_blank_that_is_longer_than_a_name\r\n"}) {
    const auto content = completed("Subject: x\r\n y\r\n" + line + "more\r\n\r\nend\r\n");
    EXPECT_EQ(content,
              "Subject: x\r\n y\r\n" + date + message_id_line() + line + "more\r\n\r\nend\r\n");
  }
}

TEST_F(HeaderCompletion, KnowsAFieldByAnyName) {
  const std::string name = "X-" + std::string(60, 'y');

  const auto content = completed("Subject : x\r\n" + name + ": z\r\n\r\nbody\r\n");

  EXPECT_EQ(content,
            "Subject : x\r\n" + name + ": z\r\n" + date + message_id_line() + "\r\nbody\r\n");
}

TEST_F(HeaderCompletion, GivesTextWithoutHeaderOne) {
  const auto text = completed("hello there\r\nDate: no field\r\n\r\nworld\r\n");

  EXPECT_EQ(text, date + message_id_line() + "\r\nhello there\r\nDate: no field\r\n\r\nworld\r\n");
}

TEST_F(HeaderCompletion, TakesUtf8TextWithoutHeaderForABody) {
  completed(
      "Gr\xc3\xbc\xc3\x9f"
      "e\r\n");

  EXPECT_FALSE(store_.messages().back().message.has_utf8_header);
}

TEST_F(HeaderCompletion, EndsAMessageThatIsAllHeaderOrNothing) {
  const auto header = completed("Subject: x\r\n");
  EXPECT_EQ(header, "Subject: x\r\n" + date + message_id_line());
  const auto nothing = completed("");
  EXPECT_EQ(nothing, date + message_id_line());
  const auto body = completed("\r\nbody\r\n");
  EXPECT_EQ(body, date + message_id_line() + "\r\nbody\r\n");
}

TEST_F(HeaderCompletion, PassesOverTheEnvelopeLineOfAMailbox) {
  const auto content = completed("From ann Sun Mar  1 00:00:00 2026\r\nSubject: x\r\n\r\nbody\r\n");

  EXPECT_EQ(content,
            "From ann Sun Mar  1 00:00:00 2026\r\nSubject: x\r\n" + date + message_id_line() +
                "\r\nbody\r\n");
}

TEST_F(HeaderCompletion, DoesItInMessagesOfSeveralChunks) {
  const std::string body(200'000, 'x');

  const auto content = completed("Subject: x\r\n\r\n" + body + "\r\n");

  EXPECT_TRUE(content == "Subject: x\r\n" + date + message_id_line() + "\r\n" + body + "\r\n");
}

TEST_F(HeaderCompletion, LeavesAHeaderAloneThatIsLongerThanAChunk) {
  std::string header;
  while (header.size() < 100'000)
    header += "X-Field: value\r\n";

  EXPECT_EQ(completed(header + "\r\nbody\r\n"), header + "\r\nbody\r\n");
}

TEST_F(HeaderCompletion, RefusesAHeaderBeyondTheLimit) {
  settings_.max_header_bytes = 1000;
  begin_message();

  const auto answer = send("Subject: " + std::string(1000, 'x') + "\r\n\r\nbody\r\n.\r\n");

  EXPECT_EQ(answer, "552 5.3.4 the header is larger than the limit\r\n");
  expect_nothing_kept();
}

class LocalMail : public SessionTest {
 protected:
  std::string sent_to(const std::string& recipient) {
    connect_as_user(0);
    send("EHLO localhost\r\nMAIL FROM:<root>\r\n");
    const auto answer = send("RCPT TO:<" + recipient + ">\r\n");
    if (!answer.starts_with("250")) return answer.substr(0, 9);
    send("DATA\r\n");
    send("Subject: x\r\n\r\n.\r\n");
    return store_.messages().back().deliveries.at(0).recipients.at(0).recipient.address.text();
  }
};

TEST_F(LocalMail, GoesToOneAddressForAllUsersOfThisHost) {
  settings_.local_to = mail::Address::parse("admin@b.example");

  for (const auto* user : {"root", "postmaster", "Postmaster", "root@localhost"})
    EXPECT_EQ(sent_to(user), "admin@b.example") << user;
  EXPECT_EQ(sent_to("root@c.example"), "root@c.example");
}

TEST_F(LocalMail, IsRefusedWhereNobodyGetsIt) {
  EXPECT_EQ(sent_to("root"), "550 5.1.1");
  EXPECT_EQ(sent_to("postmaster"), "550 5.1.1");
  EXPECT_EQ(sent_to("root@localhost"), "550 5.1.1");
}

TEST_F(LocalMail, GoesToTheDomainThatBareAddressesGet) {
  settings_.domain = "corp.example";
  EXPECT_EQ(sent_to("ann"), "ann@corp.example");
  EXPECT_EQ(sent_to("postmaster"), "postmaster@corp.example");

  settings_.local_to = mail::Address::parse("admin@b.example");
  EXPECT_EQ(sent_to("ann"), "ann@corp.example");
  EXPECT_EQ(sent_to("postmaster"), "admin@b.example");
  EXPECT_EQ(sent_to("ann@localhost"), "admin@b.example");
}

}  // namespace
}  // namespace greyhound::intake
