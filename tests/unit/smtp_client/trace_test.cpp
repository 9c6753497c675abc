// What those who watch an attempt get to see of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "peers/certificate.hpp"
#include "peers/scripted_receiver.hpp"
#include "unit/smtp_client/courier_fixture.hpp"
#include "world/recorded_trace.hpp"

namespace greyhound::smtp {
namespace {

using peers::Script;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* chunking = "250-mx.test\r\n250-CHUNKING\r\n250 PIPELINING\r\n";

class TraceTest : public CourierTest {
 protected:
  TraceTest() { trace = &watcher; }

  const std::vector<std::string>& watch(Script script, mail::AttemptRequest request) {
    peers::ScriptedReceiver receiver(std::move(script));
    run_attempt(std::move(request), site_at({receiver.endpoint()}));
    return watcher.lines;
  }

  world::RecordedTrace watcher;
};

TEST_F(TraceTest, ShowsADialogueByDataFromTheConnectionToTheGoodbye) {
  settings.sessions.messages = 1;
  Script script;
  script.replies["EHLO"] = {"250-mx.test\r\n250 ENHANCEDSTATUSCODES\r\n"};
  script.replies["RCPT"] = {"250 ok\r\n", "450-4.2.0 greylisted,\r\n450 4.2.0 come back\r\n"};

  const auto& lines = watch(std::move(script), a_request({"b@d.example", "c@d.example"}));

  EXPECT_THAT(lines,
              ElementsAre("* connecting",
                          "* connected from 127.0.0.1",
                          "< 220 mx.test ESMTP",
                          "> EHLO mail.example.org",
                          "< 250-mx.test",
                          "< 250 ENHANCEDSTATUSCODES",
                          "> MAIL FROM:<a@s.example>",
                          StartsWith("< 250"),
                          "> RCPT TO:<b@d.example>",
                          "< 250 ok",
                          "> RCPT TO:<c@d.example>",
                          "< 450-4.2.0 greylisted,",
                          "< 450 4.2.0 come back",
                          "> DATA",
                          StartsWith("< 354"),
                          "> <21 bytes>",
                          "> .",
                          StartsWith("< 250"),
                          "> QUIT",
                          StartsWith("< 221")));
}

TEST_F(TraceTest, ShowsTheSizeOfAChunkAndNothingOfIt) {
  auto script = Script{.replies = {{"EHLO", {chunking}}}};

  const auto& lines = watch(std::move(script), a_request({"b@d.example"}, "QUIT secretly\r\n"));

  EXPECT_THAT(lines, Contains("> BDAT 15 LAST"));
  EXPECT_THAT(lines, Contains("> <15 bytes>"));
  EXPECT_THAT(lines, Each(Not(HasSubstr("secretly"))));
}

TEST_F(TraceTest, ShowsNoByteOfALargeMessageThatGoesInPieces) {
  std::string body;
  while (body.size() < 1'500'000)
    body += "MAIL FROM:<secretly@body.example>\r\nRCPT TO:<secretly@body.example>\r\n";

  for (const auto* offer : {chunking, "250 mx.test\r\n"}) {
    auto request = a_request({"b@d.example"});
    request.body = std::make_unique<StringBody>(body, 64 * 1024);
    watch(Script{.replies = {{"EHLO", {offer}}}}, std::move(request));
  }

  EXPECT_THAT(watcher.lines, Contains("> <" + std::to_string(body.size()) + " bytes>"));
  EXPECT_THAT(watcher.lines, Each(Not(HasSubstr("secretly"))));
}

TEST_F(TraceTest, SaysOfEachLineWhoseItIsAndWithWhom) {
  peers::ScriptedReceiver receiver(Script{});

  run_attempt(a_request({"b@d.example"}), site_at({receiver.endpoint()}));

  ASSERT_THAT(watcher.subjects, Not(IsEmpty()));
  for (const auto& subject : watcher.subjects) {
    EXPECT_EQ(subject.delivery, "7F3K2A-1");
    EXPECT_EQ(subject.domain, "d.example");
    EXPECT_EQ(subject.host, "mx1.test");
    EXPECT_EQ(subject.remote, receiver.endpoint());
  }
}

TEST_F(TraceTest, ShowsTheTermsOfTheEncryptionBetweenWhatIsSaidBeforeAndAfter) {
  const peers::Authority authority;

  const auto& lines =
      watch(Script{.certificate = authority.issue("mx1.test")}, a_request({"b@d.example"}));

  EXPECT_THAT(lines, Contains(StartsWith("* encrypted: TLSv1.3 ")));
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "> EHLO mail.example.org"), 2);
}

TEST_F(TraceTest, SaysWhyThereIsNoConnection) {
  const Endpoint nobody{*IpAddress::parse("127.0.0.1"), 1};

  run_attempt(a_request({"b@d.example"}), site_at({nobody}));

  EXPECT_THAT(watcher.lines, ElementsAre("* connecting", StartsWith("* not connected: ")));
}

TEST_F(TraceTest, ShowsWhereASilentServerLeftOff) {
  auto script = Script{.hangs_up_after = {"MAIL"}};

  const auto& lines = watch(std::move(script), a_request({"b@d.example"}));

  EXPECT_THAT(lines, Contains(StartsWith("* no reply: ")));
}

TEST_F(TraceTest, ShowsTheNextMessageOfASessionAsThatOfItsOwnDelivery) {
  keeps_sessions = true;
  peers::ScriptedReceiver receiver(Script{});
  const auto site = site_at({receiver.endpoint()});
  run_attempt(a_request({"b@d.example"}), site);
  const auto first = watcher.lines.size();

  auto second = a_request({"b@d.example"});
  second.label = "7F3K2B-1";
  run_attempt(std::move(second), site);

  ASSERT_GT(watcher.lines.size(), first + 1);
  EXPECT_EQ(watcher.lines[first], "* an open session goes on");
  EXPECT_EQ(watcher.lines[first + 1], "> MAIL FROM:<a@s.example>");
  for (auto i = first; i < watcher.subjects.size(); ++i)
    EXPECT_EQ(watcher.subjects[i].delivery, "7F3K2B-1");
  let_go();
}

}  // namespace
}  // namespace greyhound::smtp
