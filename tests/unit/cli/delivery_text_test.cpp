#include "cli/delivery_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "config/replies_json.hpp"
#include "unit/agent/queue_builders.hpp"

namespace greyhound::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using world::a_message;
using world::noon;

agent::QueueRow first_row(const world::MessageBuilder& builder, bool is_active = false) {
  const auto mail = builder.loaded();
  return agent::queue_row({mail.message.arrived, mail.deliveries[0]}, is_active);
}

TEST(ListRow, TellsAgeTriesNextAttemptAndReason) {
  const auto row = list_row(first_row(a_message().to("a@d.example").greylisted_until(3min)), noon);

  EXPECT_THAT(row,
              ElementsAre(queue::MessageId::first_at(noon).to_string() + "-1",
                          "12m",
                          "2",
                          "in 3m",
                          "d.example",
                          "451 4.7.1 Greylisted, come back in 5 minutes"));
}

TEST(ListRow, NamesTheStateInPlaceOfATimeThatMeansNothing) {
  const auto builder = a_message().to("a@d.example");
  auto held = builder;

  EXPECT_EQ(list_row(first_row(builder), noon)[3], "now");
  EXPECT_EQ(list_row(first_row(builder, true), noon)[3], "active");
  EXPECT_EQ(list_row(first_row(held.held()), noon)[3], "held");
}

TEST(ListRow, SaysSoIfNothingWasTriedYet) {
  EXPECT_EQ(list_row(first_row(a_message().to("a@d.example")), noon)[5], "not tried yet");
}

TEST(MessageText, TellsTheWholeStateWithEveryReplyLine) {
  auto mail = a_message().to("a@d.example").greylisted_until(8min).loaded();
  mail.message.delay_notice_at = noon - 2min;

  const auto text = message_text(
      agent::message_view(
          mail, [](queue::DeliveryId) { return false; }, *config::shipped_reply_rules()),
      noon);

  EXPECT_THAT(text, HasSubstr("from          <sender@here.example>\n"));
  EXPECT_THAT(text, HasSubstr("arrived       2026-03-01T11:48:00Z (12m ago)\n"));
  EXPECT_THAT(text, HasSubstr("size          26 bytes\n"));
  EXPECT_THAT(text, HasSubstr("delay notice  sent 2026-03-01T11:58:00Z (2m ago)\n"));
  EXPECT_THAT(text, HasSubstr("  next attempt  2026-03-01T12:08:00Z (in 8m)\n"));
  EXPECT_THAT(text, HasSubstr("  rule          default, greylist wait 2 of 10m, class greylist\n"));
  EXPECT_THAT(text, HasSubstr("  source        192.0.2.7\n"));
  EXPECT_THAT(text, HasSubstr("  recipient     <a@d.example> open\n"));
  EXPECT_THAT(text, HasSubstr("    at fault      recipient\n"));
  EXPECT_THAT(text, HasSubstr("    reply         451 4.7.1 Greylisted,\n"));
  EXPECT_THAT(text, HasSubstr("    reply         451 4.7.1 come back in 5 minutes\n"));
}

TEST(MessageText, LetsNoReplySteerTheTerminal_Line169) {
  auto outcome = world::greylisted();
  outcome.reply->lines = {"\x1b[2J\x9b"};
  const auto mail = a_message().to("a@d.example").deferred(outcome, "\x1b[31m", 8min).loaded();

  const auto text = message_text(
      agent::message_view(
          mail, [](queue::DeliveryId) { return false; }, *config::shipped_reply_rules()),
      noon);

  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_THAT(text, HasSubstr("451 4.7.1 \\x1b[2J\\x9b"));
}

TEST(ShortDuration, KeepsOneUnit) {
  EXPECT_EQ(short_duration(-5s), "0s");
  EXPECT_EQ(short_duration(59s), "59s");
  EXPECT_EQ(short_duration(12min + 59s), "12m");
  EXPECT_EQ(short_duration(23h), "23h");
  EXPECT_EQ(short_duration(49h), "2d");
}

TEST(ParseInstant, ReadsWhatTheQueueViewWrites) {
  EXPECT_EQ(parse_instant("2026-03-01T12:00:00Z"), noon);
}

TEST(ParseInstant, TakesNothingElse) {
  for (const auto* const text : {"",
                                 "2026-03-01",
                                 "2026-02-30T12:00:00Z",
                                 "2026-03-01T24:00:00Z",
                                 "2026-03-01 12:00:00Z",
                                 "2026-03-01T12:00:00+1"}) {
    EXPECT_EQ(parse_instant(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace greyhound::cli
