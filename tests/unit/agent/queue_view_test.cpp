#include "agent/queue_view.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/replies_json.hpp"
#include "unit/agent/queue_builders.hpp"

namespace greyhound::agent {
namespace {

using namespace std::chrono_literals;
using world::a_message;
using world::noon;

const mail::ReplyRules& rules() {
  return *config::shipped_reply_rules();
}

TEST(QueueView, TellsWhyAGreylistedDeliveryWaits) {
  const auto mail = a_message().to("rcpt@d.example").greylisted_until(8min).loaded();

  const auto view = delivery_view(mail.message, mail.deliveries[0], false, rules());

  EXPECT_EQ(view["delivery"], mail.deliveries[0].id.to_string());
  EXPECT_EQ(view["state"], "waiting");
  EXPECT_EQ(view["domain"], "d.example");
  EXPECT_EQ(view["attempts"], 2);
  EXPECT_EQ(view["next"], "2026-03-01T12:08:00Z");
  EXPECT_EQ(view["expires"], "2026-03-06T12:00:00Z");
  EXPECT_EQ(view["rule"], "default");
  EXPECT_EQ(view["series"], "greylist");
  EXPECT_EQ(view["position"], 2);
  EXPECT_EQ(view["wait"], "10m");
  EXPECT_EQ(view["class"], "greylist");
  EXPECT_EQ(view["source"], "192.0.2.7");
  EXPECT_EQ(view["host"], "mx1.d.example");
  EXPECT_EQ(view["from"], "sender@here.example");
  EXPECT_EQ(view["arrived"], "2026-03-01T11:48:00Z");
}

TEST(QueueView, KeepsEveryLineOfTheLastReply) {
  const auto mail = a_message().to("rcpt@d.example").greylisted_until(8min).loaded();

  const auto view = delivery_view(mail.message, mail.deliveries[0], false, rules());
  const auto last = view["recipients"][0]["last"];

  EXPECT_EQ(view["recipients"][0]["address"], "rcpt@d.example");
  EXPECT_EQ(last["verdict"], "deferred");
  EXPECT_EQ(last["stage"], "rcpt");
  EXPECT_EQ(last["code"], 451);
  EXPECT_EQ(last["status"], "4.7.1");
  EXPECT_EQ(last["blame"], "recipient");
  EXPECT_EQ(last["lines"], Json::parse(R"(["Greylisted,", "come back in 5 minutes"])"));
}

TEST(QueueView, InventsNoCodeWhereNoServerAnswered) {
  const auto mail =
      a_message().to("rcpt@slow.example").deferred(world::unanswered(), "", 41min).loaded();

  const auto view = delivery_view(mail.message, mail.deliveries[0], false, rules());

  EXPECT_TRUE(view["recipients"][0]["last"]["code"].is_null());
  EXPECT_EQ(view["recipients"][0]["last"]["text"], "4.4.1 mx1.slow.example: no answer in 30s");
}

TEST(QueueView, CallsADeliveryActiveWhileAnAttemptIsUnderWay) {
  const auto mail = a_message().to("a@d.example").to("b@e.example").loaded();

  const auto view =
      message_view(mail, [](queue::DeliveryId id) { return id.number == 2; }, rules());

  EXPECT_EQ(view["deliveries"][0]["state"], "new");
  EXPECT_EQ(view["deliveries"][1]["state"], "active");
}

TEST(QueueView, TellsWhatTheSenderAskedToBeTold) {
  auto mail = a_message().to("a@d.example").loaded();
  mail.message.return_content = mail::Return::headers;
  mail.message.envelope_id = "QQ314159";
  mail.message.delay_notice_at = noon;
  mail.deliveries[0].recipients[0].recipient.notify = {.is_given = true, .on_failure = true};

  const auto view = message_view(mail, [](queue::DeliveryId) { return false; }, rules());

  EXPECT_EQ(view["dsn"]["return"], "hdrs");
  EXPECT_EQ(view["dsn"]["envelope_id"], "QQ314159");
  EXPECT_EQ(view["delay_notice"], "2026-03-01T12:00:00Z");
  EXPECT_EQ(view["deliveries"][0]["recipients"][0]["notify"], "FAILURE");
}

TEST(QueueView, TellsWhatTheSenderWishesForTls) {
  auto mail = a_message().to("a@d.example").loaded();
  const auto wish_in_view = [&mail](mail::TlsWish wish) {
    mail.message.tls_wish = wish;
    return delivery_view(mail.message, mail.deliveries[0], false, rules())["tls_wish"];
  };

  EXPECT_EQ(wish_in_view(mail::TlsWish::required), "required");
  EXPECT_EQ(wish_in_view(mail::TlsWish::not_required), "not_required");
  EXPECT_TRUE(wish_in_view(mail::TlsWish::as_usual).is_null());
}

TEST(QueueView, PrintsTheNullReversePathAsAnEmptySender) {
  auto mail = a_message().to("a@d.example").loaded();
  mail.message.reverse_path = {};

  const auto view = delivery_view(mail.message, mail.deliveries[0], false, rules());

  EXPECT_EQ(view["from"], "");
}

TEST(QueueView, WritesOneLineWhateverBytesAServerSent) {
  auto outcome = world::greylisted();
  outcome.reply->lines = {"no\nUTF-8: \xff\xfe"};
  const auto mail = a_message().to("a@d.example").deferred(outcome, "mx", 8min).loaded();

  const auto line = to_line(delivery_view(mail.message, mail.deliveries[0], false, rules()));

  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(line.find("\xef\xbf\xbd"), std::string::npos);
}

}  // namespace
}  // namespace greyhound::agent
