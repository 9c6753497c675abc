#include <gmock/gmock.h>

#include "session_world.hpp"

namespace greyhound::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::literals;

class SessionData : public SessionTest {};

TEST_F(SessionData, KeepsEveryByteOfAMessageBehindItsTraceHeader_Line52) {
  begin_message();

  const auto answer = send("Subject: x\r\n\r\n..dot\r\nbody \r\n\r\n.\r\n");

  const auto message = store_.messages().at(0);
  const auto id = message.message.id.to_string();
  EXPECT_EQ(answer, "250 2.0.0 queued as " + id + "\r\n");
  EXPECT_EQ(
      store_.content(message.message.id),
      "Received: from client.example ([127.0.0.1])\r\n\tby host.example with ESMTP id " + id +
          ";\r\n\tSun, 01 Mar 2026 00:00:00 +0000\r\nSubject: x\r\n\r\n.dot\r\nbody \r\n\r\n");
}

TEST_F(SessionData, FillsInTheMessageRecordAndItsDeliveries) {
  connect();
  send(
      "EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"
      "RCPT TO:<e@f.example>\r\nRCPT TO:<g@d.example>\r\nRCPT TO:<c@D.example>\r\n");
  send("DATA\r\n");

  send("Message-ID: <m@b>\r\nPrecedence: bulk\r\n\r\nbody\r\n.\r\n");

  const auto [message, deliveries] = store_.messages().at(0);
  EXPECT_EQ(mail::to_string(message.reverse_path), "<a@b.example>");
  EXPECT_EQ(message.kind, queue::MessageKind::mail);
  EXPECT_EQ(message.arrived, time_.wall());
  EXPECT_EQ(message.client, "127.0.0.1");
  EXPECT_EQ(message.message_id_header, "<m@b>");
  EXPECT_TRUE(message.is_bulk);
  EXPECT_FALSE(message.is_eight_bit);
  EXPECT_EQ(message.chunks, 1U);
  EXPECT_EQ(message.size_bytes, store_.content(message.id).size());
  EXPECT_EQ(message.deliveries, 2U);
  EXPECT_EQ(message.open_deliveries, 2U);
  ASSERT_EQ(deliveries.size(), 2U);
  EXPECT_EQ(deliveries[0].recipients.size(), 2U);
  EXPECT_TRUE(log_.has("accepted id=" + message.id.to_string()));
}

TEST_F(SessionData, KeepsWhatTheSenderWantsToBeToldOfEachRecipient) {
  connect();
  send(
      "EHLO client.example\r\nMAIL FROM:<a@b.example> RET=HDRS ENVID=QQ314\r\n"
      "RCPT TO:<c@d.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;old@d.example\r\n"
      "RCPT TO:<e@d.example> NOTIFY=NEVER\r\nRCPT TO:<f@d.example>\r\n");
  send("DATA\r\n");
  send("Subject: x\r\n\r\n.\r\n");

  const auto [message, deliveries] = store_.messages().at(0);
  EXPECT_EQ(message.return_content, mail::Return::headers);
  EXPECT_EQ(message.envelope_id, "QQ314");
  const auto& recipients = deliveries.at(0).recipients;
  EXPECT_EQ(recipients.at(0).recipient.notify,
            (mail::Notify{.is_given = true, .on_success = true, .on_delay = true}));
  EXPECT_EQ(recipients.at(0).recipient.original, "rfc822;old@d.example");
  EXPECT_EQ(recipients.at(1).recipient.notify, mail::Notify{.is_given = true});
  EXPECT_FALSE(recipients.at(2).recipient.notify.is_given);
}

TEST_F(SessionData, MarksEightBitMailDeclaredOrNot) {
  begin_message();
  send("Subject: x\r\n\r\ngr\xc3\xbc\xc3\x9f\r\n.\r\n");
  send("MAIL FROM:<> BODY=8BITMIME\r\nRCPT TO:<c@d.example>\r\n");
  send("DATA\r\n");

  send("Subject: plain\r\n\r\n.\r\n");

  EXPECT_TRUE(store_.messages().at(0).message.is_eight_bit);
  EXPECT_TRUE(store_.messages().at(1).message.is_eight_bit);
}

TEST_F(SessionData, KeepsWhatSmtpUtf8WasDeclaredForAndFindsItInTheHeader) {
  connect();
  send(
      "EHLO client.example\r\nMAIL FROM:<\xc3\xa4@b.example> SMTPUTF8\r\n"
      "RCPT TO:<\xc3\xb6@b\xc3\xbc"
      "cher.example>\r\nRCPT TO:<\xc3\xb6@xn--bcher-kva.example>\r\n");
  send("DATA\r\n");
  send("Subject: plain\r\n\r\ngr\xc3\xbc\xc3\x9f\r\n.\r\n");
  send("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n");
  send("DATA\r\n");
  send("Subject: gr\xc3\xbc\xc3\x9f\r\n\r\n.\r\n");

  const auto [declared, deliveries] = store_.messages().at(0);
  EXPECT_TRUE(declared.is_smtp_utf8);
  EXPECT_FALSE(declared.has_utf8_header);
  EXPECT_EQ(mail::to_string(declared.reverse_path), "<\xc3\xa4@b.example>");
  EXPECT_THAT(store_.content(declared.id), testing::HasSubstr(" with UTF8SMTP id "));
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries[0].domain, "xn--bcher-kva.example");
  EXPECT_EQ(deliveries[0].recipients.size(), 1U);
  const auto found = store_.messages().at(1).message;
  EXPECT_FALSE(found.is_smtp_utf8);
  EXPECT_TRUE(found.has_utf8_header);
}

TEST_F(SessionData, KeepsTheWishForTlsAndHeedsTheEnvelopeBeforeTheHeader_Line156) {
  connect_as_user(33);
  for (const auto* parameter : {" REQUIRETLS", ""}) {
    send("EHLO localhost\r\nMAIL FROM:<a@b.example>" + std::string(parameter) +
         "\r\nRCPT TO:<c@d.example>\r\n");
    send("DATA\r\n");
    send("TLS-Required: No\r\n\r\nbody\r\n.\r\n");
  }

  EXPECT_EQ(store_.messages().at(0).message.tls_wish, mail::TlsWish::required);
  EXPECT_EQ(store_.messages().at(1).message.tls_wish, mail::TlsWish::not_required);
}

// Nobody listens in on a unix socket; on TCP everybody may, in the clear.
TEST_F(SessionData, OffersRequireTlsToLocalUsersAlone_Line151) {
  connect();
  const auto over_tcp = send("EHLO client.example\r\n");
  const auto refusal = send("MAIL FROM:<a@b.example> REQUIRETLS\r\n");
  connect_as_user(33);

  const auto local = send("EHLO localhost\r\n");

  EXPECT_THAT(over_tcp, Not(HasSubstr("REQUIRETLS")));
  EXPECT_EQ(refusal, "555 5.5.4 unknown parameter of MAIL\r\n");
  EXPECT_THAT(local, HasSubstr("250-REQUIRETLS\r\n"));
  EXPECT_EQ(send("MAIL FROM:<a@b.example> REQUIRETLS=yes\r\n"),
            "501 5.5.4 REQUIRETLS takes no value\r\n");
}

TEST_F(SessionData, NamesTheUserOfAUnixSocket) {
  settings_.local_to = mail::Address::parse("admin@b.example");
  connect_as_user(33);
  send("HELO localhost\r\nMAIL FROM:<root>\r\nRCPT TO:<postmaster>\r\n");
  send("DATA\r\n");

  const auto answer = send("Subject: x\r\n\r\n.\r\n");

  EXPECT_THAT(answer, StartsWith("250 2.0.0"));
  const auto [message, deliveries] = store_.messages().at(0);
  EXPECT_EQ(message.client, "uid 33");
  EXPECT_EQ(mail::to_string(message.reverse_path), "<root@host.example>");
  EXPECT_EQ(deliveries.at(0).recipients.at(0).recipient.address.text(), "admin@b.example");
  EXPECT_THAT(store_.content(message.id),
              HasSubstr("from localhost (uid 33)\r\n\tby host.example with SMTP"));
}

TEST_F(SessionData, CutsALargeMessageIntoChunksOf64KiB) {
  begin_message();
  std::string content = "Subject: large\r\n\r\n";
  for (int i = 0; i < 20'000; ++i)
    content += "line " + std::to_string(i) + " of many\r\n";
  content += std::string(100'000, 'x') + "\r\n";

  const auto answer = send(content + ".\r\n");

  EXPECT_THAT(answer, StartsWith("250 2.0.0"));
  EXPECT_EQ(stored_content(), content);
  const auto message = store_.messages().at(0).message;
  EXPECT_EQ(message.chunks, content.size() / ContentReader::chunk_bytes + 1);
  EXPECT_EQ(store_.chunk_count(), message.chunks);
}

TEST_F(SessionData, TakesTheNextTransactionFromBehindTheFinalDot) {
  begin_message();

  const auto answer =
      send("Subject: one\r\n\r\n.\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n");
  send("Subject: two\r\n\r\n.\r\nQUIT\r\n");

  EXPECT_THAT(answer, StartsWith("250 2.0.0 queued as "));
  EXPECT_THAT(answer, HasSubstr("354 "));
  EXPECT_EQ(store_.messages().size(), 2U);
  EXPECT_TRUE(is_closed());
}

TEST_F(SessionData, TakesNoDataThatDidNotWaitForThe354_Line170) {
  connect();
  send("EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n");

  const auto answer = send("DATA\r\nSubject: x\r\n\r\n.\r\nMAIL FROM:<evil@b.example>\r\n");

  EXPECT_EQ(answer, "554 5.5.0 data sent before the 354\r\n421 4.7.0 closing the connection\r\n");
  EXPECT_TRUE(is_closed());
  expect_nothing_kept();
}

TEST_F(SessionData, RefusesEveryLookAlikeOfTheEndAsOneMessage_Line164) {
  const std::vector<std::string> look_alikes{
      "\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\r\r\n.\r\r\n", "\n.\r"};
  for (const auto& look_alike : look_alikes) {
    begin_message();

    const auto answer = send("Subject: x\r\n\r\nfirst" + look_alike +
                             "MAIL FROM:<evil@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
                             "Subject: smuggled\r\n\r\n.\r\n");

    EXPECT_THAT(answer, StartsWith("554 5.6.0"));
    EXPECT_EQ(std::count(answer.begin(), answer.end(), '\n'), 1);
    expect_nothing_kept();
    EXPECT_EQ(send("NOOP\r\n"), "250 2.0.0 ok\r\n");
    hang_up();
  }
}

TEST_F(SessionData, RefusesNul_Line166) {
  begin_message();

  const auto answer = send("Subject: x\r\n\r\na\0b\r\n.\r\n"s);

  EXPECT_EQ(answer, "554 5.6.0 message holds a NUL octet\r\n");
  expect_nothing_kept();
}

TEST_F(SessionData, ReadsATooLargeMessageToItsEndAndGoesOn) {
  settings_.max_message_bytes = 200'000;
  begin_message();
  const std::string line = std::string(998, 'x') + "\r\n";

  std::string answer;
  for (int i = 0; i < 400; ++i)
    answer += send(line);
  EXPECT_EQ(answer, "");
  answer = send(".\r\n");

  EXPECT_EQ(answer, "552 5.3.4 message is larger than the limit\r\n");
  expect_nothing_kept();
  EXPECT_TRUE(log_.has("refused"));
  EXPECT_EQ(send("NOOP\r\n"), "250 2.0.0 ok\r\n");
}

TEST_F(SessionData, StopsALoop_Line40) {
  settings_.max_received_fields = 2;
  begin_message();

  const auto answer = send("Received: a\r\nReceived: b\r\nReceived: c\r\n\r\n.\r\n");

  EXPECT_THAT(answer, StartsWith("554 5.4.6"));
  expect_nothing_kept();
}

struct FaultRow {
  world::StoreFaults faults;
  std::string answer;
};

TEST_F(SessionData, AnswersFaultsOfTheStoreWithATemporaryRefusalAndKeepsNothing) {
  const std::vector<FaultRow> rows{
      {{.add_chunk = Fault::disk_full}, "452 4.3.1"},
      {{.add_chunk = Fault::disk}, "451 4.3.0"},
      {{.add_chunk = Fault::busy}, "451 4.3.0"},
      {{.accept = Fault::disk_full}, "452 4.3.1"},
      {{.accept = Fault::disk}, "451 4.3.0"},
      {{.accept = Fault::busy}, "451 4.3.0"},
  };
  for (const auto& row : rows) {
    begin_message();
    store_.set_faults(row.faults);

    const auto answer = send("Subject: x\r\n\r\n" + std::string(200'000, 'x') + "\r\n.\r\n");

    EXPECT_THAT(answer, StartsWith(row.answer));
    expect_nothing_kept();
    store_.set_faults({});
    EXPECT_EQ(send("NOOP\r\n"), "250 2.0.0 ok\r\n");
    hang_up();
  }
}

TEST_F(SessionData, DiscardsTheChunksOfAClientThatIsGone) {
  begin_message();
  send("Subject: x\r\n\r\n" + std::string(300'000, 'x'));
  ASSERT_GT(store_.chunk_count(), 0U);

  hang_up();

  expect_nothing_kept();
  EXPECT_TRUE(is_closed());
}

TEST_F(SessionData, DiscardsTheChunksOfAClientThatStalls) {
  begin_message();
  send("Subject: x\r\n\r\n" + std::string(300'000, 'x'));

  const auto answer = pass(180s);

  EXPECT_EQ(answer, "421 4.4.2 no data within the limit\r\n");
  EXPECT_TRUE(is_closed());
  expect_nothing_kept();
}

TEST_F(SessionData, FinishesAMessageWhileTheServiceDrains) {
  begin_message();
  send("Subject: x\r\n");
  drain();

  const auto answer = send("\r\nbody\r\n.\r\nMAIL FROM:<a@b.example>\r\n");

  EXPECT_THAT(answer, StartsWith("250 2.0.0 queued as "));
  EXPECT_THAT(answer, HasSubstr("421 4.3.2"));
  EXPECT_EQ(std::count(answer.begin(), answer.end(), '\n'), 2);
  EXPECT_EQ(store_.messages().size(), 1U);
  EXPECT_TRUE(is_closed());
}

TEST_F(SessionData, IsNeverCutBetweenTheFinalDotAndItsReply) {
  begin_message();
  store_.is_held = true;
  ASSERT_EQ(send("Subject: x\r\n\r\n.\r\n"), "");
  drain();

  tasks_.cancel();
  settle();
  EXPECT_EQ(tasks_.size(), 1U);
  store_.let_go();
  const auto answer = pass(0s);

  EXPECT_THAT(answer, StartsWith("250 2.0.0 queued as "));
  EXPECT_THAT(answer, HasSubstr("421 4.3.2"));
  EXPECT_EQ(store_.messages().size(), 1U);
  EXPECT_EQ(tasks_.size(), 0U);
}

TEST_F(SessionData, IsCutInTheMiddleOfAMessage) {
  begin_message();
  send("Subject: x\r\n");
  drain();

  tasks_.cancel();
  settle();

  EXPECT_EQ(tasks_.size(), 0U);
  EXPECT_TRUE(store_.messages().empty());
}

}  // namespace
}  // namespace greyhound::intake
