// The limit of every wait, to the microsecond, on virtual time: a server that falls silent, one
// that trickles, and one that takes no more bytes.
// Source: RFC 5321 section 4.5.3.2; the limits themselves are those of Timeouts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using namespace std::chrono_literals;
using peers::Script;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* simple = "250-mx.test\r\n250 ENHANCEDSTATUSCODES\r\n";
constexpr const char* pipelining = "250-mx.test\r\n250 PIPELINING\r\n";
constexpr const char* chunking = "250-mx.test\r\n250 CHUNKING\r\n";
constexpr const char* modern = "250-mx.test\r\n250-CHUNKING\r\n250 PIPELINING\r\n";

class TimeLimitTest : public testing::Test {
 protected:
  // What becomes of two recipients there, and in what time.
  std::vector<std::string> attempt(Script script,
                                   const std::string& body = "hello\r\n",
                                   std::size_t messages_before = 0) {
    const auto receiver = courier.receiver_of(std::move(script));
    return attempt_at(receiver->endpoint(), body, messages_before);
  }

  std::vector<std::string> attempt_at(const Endpoint& endpoint,
                                      const std::string& body = "hello\r\n",
                                      std::size_t messages_before = 0) {
    const auto site = TestCourier::site_at({endpoint});
    courier.keeps_sessions = true;
    for (std::size_t i = 0; i < messages_before; ++i)
      static_cast<void>(courier.run_attempt(a_request({"first@d.example"}), site));
    courier.marks->clear();
    auto request = a_request({"b@d.example", "c@d.example"});
    request.body = std::make_unique<StringBody>(body, std::size_t{64} * 1024);
    const auto begin = place->time.steady();
    const auto report = courier.run_attempt(std::move(request), site);
    took = place->time.steady() - begin;
    courier.let_go();
    return TestCourier::said(report);
  }

  std::unique_ptr<Simulation> made = std::make_unique<Simulation>();
  Simulation* const place = made.get();
  TestCourier courier{std::move(made)};
  Duration took{0};
};

struct Silence {
  const char* name;
  const char* ehlo;
  std::map<std::string, std::vector<std::string>> replies;  // empty ones: silence
  Duration limit;
  std::string outcome;  // of both recipients
  bool is_marked = false;
  std::size_t messages_before = 0;

  friend void PrintTo(const Silence& silence, std::ostream* out) { *out << silence.name; }
};

class SilenceTest : public TimeLimitTest, public testing::WithParamInterface<Silence> {};

TEST_P(SilenceTest, EndsTheAttemptExactlyAtTheLimitOfItsStep_Line22) {
  Script script{.replies = GetParam().replies};
  script.replies.try_emplace("EHLO", std::vector<std::string>{GetParam().ehlo});
  if (script.replies.contains("greeting")) script.greeting = "";

  const auto said = attempt(script, "hello\r\n", GetParam().messages_before);

  EXPECT_THAT(said, ElementsAre(GetParam().outcome, GetParam().outcome));
  EXPECT_EQ(took, GetParam().limit);
  EXPECT_EQ(!courier.marks->empty(), GetParam().is_marked);
}

std::string no(const std::string& what, const std::string& limit, const std::string& stage) {
  return stage + " 4.4.2 mx1.test: no " + what + " within " + limit;
}

const std::vector<std::string> silence{""};
const std::vector<std::string> later_silence{"250 ok\r\n", ""};

const Silence silences[] = {
    {"greeting", simple, {{"greeting", silence}}, 5min, no("greeting", "5m", "deferred connect")},
    {"ehlo", simple, {{"EHLO", silence}}, 5min, no("reply to EHLO", "5m", "deferred ehlo")},
    {"helo",
     simple,
     {{"EHLO", {"502 what\r\n"}}, {"HELO", silence}},
     5min,
     no("reply to HELO", "5m", "deferred ehlo")},
    {"mail", simple, {{"MAIL", silence}}, 5min, no("reply to MAIL", "5m", "deferred mail")},
    {"rcpt", simple, {{"RCPT", silence}}, 5min, no("reply to RCPT", "5m", "deferred rcpt")},
    {"second_rcpt",
     simple,
     {{"RCPT", later_silence}},
     5min,
     no("reply to RCPT", "5m", "deferred rcpt")},
    {"data", simple, {{"DATA", silence}}, 2min, no("reply to DATA", "2m", "deferred data")},
    {"dot",
     simple,
     {{".", silence}},
     10min,
     no("reply to the final dot", "10m", "in doubt eom"),
     true},
    {"pipelined_mail",
     pipelining,
     {{"MAIL", silence}, {"RCPT", silence}, {"DATA", silence}},
     5min,
     no("reply to MAIL", "5m", "deferred mail")},
    {"pipelined_rcpt",
     pipelining,
     {{"RCPT", later_silence}, {"DATA", silence}},
     5min,
     no("reply to RCPT", "5m", "deferred rcpt")},
    {"pipelined_data",
     pipelining,
     {{"DATA", silence}},
     2min,
     no("reply to DATA", "2m", "deferred data")},
    {"pipelined_dot",
     pipelining,
     {{".", silence}},
     10min,
     no("reply to the final dot", "10m", "in doubt eom"),
     true},
    {"last_bdat",
     chunking,
     {{"BDAT", silence}},
     10min,
     no("reply to the last BDAT", "10m", "in doubt eom"),
     true},
    {"last_bdat_behind_a_flight",
     modern,
     {{"BDAT", silence}},
     10min,
     no("reply to the last BDAT", "10m", "in doubt eom"),
     true},
    // With the message on its way as well nobody knows what silence to the envelope means.
    {"mail_at_once",
     modern,
     {{"MAIL", later_silence}, {"RCPT", later_silence}, {"BDAT", later_silence}},
     5min,
     no("reply to MAIL", "5m", "in doubt eom"),
     true,
     1},
    {"rcpt_at_once",
     modern,
     {{"RCPT", later_silence}, {"BDAT", later_silence}},
     5min,
     no("reply to RCPT", "5m", "in doubt eom"),
     true,
     1},
    {"bdat_at_once",
     modern,
     {{"BDAT", later_silence}},
     10min,
     no("reply to the last BDAT", "10m", "in doubt eom"),
     true,
     1}};

INSTANTIATE_TEST_SUITE_P(, SilenceTest, testing::ValuesIn(silences), [](const auto& row) {
  return row.param.name;
});

TEST_F(TimeLimitTest, ACallThatNobodyAnswersEndsAfterThirtySeconds) {
  const auto said = attempt_at(place->net.silence());

  EXPECT_THAT(said.at(0), testing::HasSubstr("no connection within 30s"));
  EXPECT_EQ(took, 30s);
}

// The limit is that of the whole reply, not of the time between two bytes.
TEST_F(TimeLimitTest, AReplyThatTricklesEndsAtTheLimitAllTheSame) {
  place->path.trickle = 30s;

  const auto said = attempt(Script{.greeting = "220 mx.test takes its time\r\n"});

  EXPECT_THAT(said, testing::Each(no("greeting", "5m", "deferred connect")));
  EXPECT_EQ(took, 5min);
}

// Each block of the message has its own limit, and none of it is the last until that has gone.
TEST_F(TimeLimitTest, AServerThatTakesNoMoreOfTheMessageEndsItAfterThreeMinutes) {
  const std::string large(std::size_t{1024} * 1024, 'x');
  place->path.takes_bytes = 300'000;
  for (const auto* ehlo : {simple, chunking}) {
    const auto said = attempt(Script{.replies = {{"EHLO", {ehlo}}}}, large);

    EXPECT_THAT(said, testing::Each(no("progress with the message", "3m", "deferred data")));
    EXPECT_EQ(took, 3min);
    EXPECT_THAT(*courier.marks, IsEmpty());
  }
}

TEST_F(TimeLimitTest, AServerThatTakesNotAllOfTheLastBlockLeavesTheMessageInDoubt) {
  const std::string large(300'000, 'x');
  place->path.takes_bytes = 230'000;

  const auto said = attempt(Script{.replies = {{"EHLO", {chunking}}}}, large);

  EXPECT_THAT(said, testing::Each(no("progress with the message", "3m", "in doubt eom")));
  EXPECT_EQ(took, 3min);
}

TEST_F(TimeLimitTest, TheReplyToABdatThatIsNotTheLastHasThreeMinutes) {
  const auto said = attempt(Script{.replies = {{"EHLO", {chunking}}, {"BDAT", silence}}},
                            std::string(800'000, 'x'));

  EXPECT_THAT(said, testing::Each(no("reply to BDAT", "3m", "deferred data")));
  EXPECT_EQ(took, 3min);
  EXPECT_THAT(*courier.marks, IsEmpty());
}

// A server at its leisure is no silent one: every step begins anew.
TEST_F(TimeLimitTest, EveryStepHasTheWholeOfItsLimit_Line22) {
  place->path.back = 119s;
  courier.settings.timeouts.connect = 2min;

  const auto said = attempt(Script{});

  EXPECT_THAT(said, testing::Each("delivered eom 250 2.0.0 ok"));
  // Connection, greeting, EHLO, MAIL, two RCPT, DATA and the dot; a goodbye is not waited for.
  EXPECT_EQ(took, 119s * 8 + 2s);
}

}  // namespace
}  // namespace greyhound::smtp
