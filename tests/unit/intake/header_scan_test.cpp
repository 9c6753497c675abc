#include "intake/header_scan.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace greyhound::intake {
namespace {

HeaderScan scanned(std::string_view message) {
  HeaderScan scan;
  scan.feed(message);
  scan.finish();
  return scan;
}

TEST(HeaderScan, CountsReceivedFieldsOfTheHeaderOnly) {
  const auto scan = scanned(
      "Received: from a\r\n\tby b\r\nRECEIVED : x\r\nX-Received: y\r\nreceived:\r\n\r\n"
      "Received: in the body\r\n");

  EXPECT_EQ(scan.received_fields(), 3U);
}

TEST(HeaderScan, FindsUtf8InTheHeaderOnly) {
  EXPECT_TRUE(scanned("Subject: gr\xc3\xbc\xc3\x9f\r\n\r\n").has_utf8());
  EXPECT_TRUE(scanned("A: b\r\n \xf0\x9f\x98\x80\r\n\r\n\xfc").has_utf8());
  EXPECT_FALSE(scanned("Subject: plain\r\n\r\ngr\xc3\xbc\xc3\x9f\r\n").has_utf8());
  EXPECT_FALSE(scanned("Subject: gr\xfc\xdf\r\n\r\n").has_utf8());  // Latin-1
  EXPECT_FALSE(scanned("A: \xc3\r\nB: \xbc\r\n\r\n").has_utf8());
}

TEST(HeaderScan, KeepsTheFirstUsableMessageId) {
  EXPECT_EQ(scanned("Message-ID: <a@b>\r\nMessage-Id: <c@d>\r\n\r\n").message_id(), "<a@b>");
  EXPECT_EQ(scanned("message-id:\r\n <folded@b>\r\n\r\n").message_id(), "<folded@b>");
  EXPECT_EQ(scanned("Message-ID: <a@b>").message_id(), "<a@b>");
  EXPECT_EQ(scanned("\r\nMessage-ID: <a@b>\r\n").message_id(), "");
}

TEST(HeaderScan, PassesOverAMessageIdThatCouldNotStandInANotice) {
  const std::vector<std::string> unusable{
      "Message-ID: a@b\r\n",
      "Message-ID: <a b@c>\r\n",
      "Message-ID: <a@b> <c@d>\r\n",
      "Message-ID: <\xe4@b>\r\n",
      "Message-ID: <>\r\n",
      "Message-ID: <ab>\r\n",
      "Message-ID: <" + std::string(2000, 'x') + "@b>\r\n",
  };
  for (const auto& header : unusable)
    EXPECT_EQ(scanned(header + "\r\n").message_id(), "") << header;
}

TEST(HeaderScan, KnowsBulkMail) {
  EXPECT_TRUE(scanned("Precedence: bulk\r\n\r\n").is_bulk());
  EXPECT_TRUE(scanned("precedence: List (x)\r\n\r\n").is_bulk());
  EXPECT_TRUE(scanned("Precedence:\r\n junk\r\n\r\n").is_bulk());
  EXPECT_TRUE(scanned("List-Id: <l.example>\r\n\r\n").is_bulk());
  EXPECT_TRUE(scanned("Auto-Submitted: auto-replied; x=y\r\n\r\n").is_bulk());
  EXPECT_FALSE(scanned("Auto-Submitted: no\r\n\r\n").is_bulk());
  EXPECT_FALSE(scanned("Auto-Submitted: No (really)\r\n\r\n").is_bulk());
  EXPECT_FALSE(scanned("Precedence: first-class\r\n\r\n").is_bulk());
  EXPECT_FALSE(scanned("Subject: x\r\n\r\nPrecedence: bulk\r\n").is_bulk());
}

TEST(HeaderScan, KnowsMailThatNeedsNoTls_Line156) {
  EXPECT_TRUE(scanned("TLS-Required: No\r\n\r\n").says_tls_not_required());
  EXPECT_TRUE(scanned("Subject: x\r\ntls-required:\r\n no (a test)\r\n").says_tls_not_required());
  EXPECT_FALSE(scanned("TLS-Required: Yes\r\n\r\n").says_tls_not_required());
  EXPECT_FALSE(scanned("TLS-Required: nobody\r\n\r\n").says_tls_not_required());
  EXPECT_FALSE(scanned("Subject: x\r\n\r\nTLS-Required: No\r\n").says_tls_not_required());
}

TEST(HeaderScan, ReadsOnBehindALineThatIsNoField) {
  const auto scan = scanned("From someone Mon\r\nReceived: a\r\nno colon\r\n Received: b\r\n\r\n");

  EXPECT_EQ(scan.received_fields(), 1U);
}

TEST(HeaderScan, ComesToTheSameWhereverTheBytesAreCut) {
  const std::string message =
      "Received: a\r\n b\r\nMessage-ID:\r\n\t<x@y>\r\nPrecedence: bulk\r\n\r\nReceived: no\r\n";
  for (std::size_t step = 1; step <= message.size(); ++step) {
    HeaderScan scan;
    for (std::size_t at = 0; at < message.size(); at += step)
      scan.feed(message.substr(at, step));
    scan.finish();

    EXPECT_EQ(scan.received_fields(), 1U) << step;
    EXPECT_EQ(scan.message_id(), "<x@y>") << step;
    EXPECT_TRUE(scan.is_bulk()) << step;
  }
}

TEST(HeaderScan, IsNotImpressedByAFieldNameOfAMegabyte) {
  const auto scan = scanned(std::string(1 << 20, 'r') + ": x\r\nReceived: a\r\n\r\n");

  EXPECT_EQ(scan.received_fields(), 1U);
}

}  // namespace
}  // namespace greyhound::intake
