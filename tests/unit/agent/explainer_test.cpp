#include "agent/explainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/duration_text.hpp"
#include "runtime/task_group.hpp"
#include "scheduler/attempt_record.hpp"
#include "unit/agent/queue_builders.hpp"
#include "world/memory_store.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::agent {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using world::a_message;
using world::noon;

const std::string site = "mx1.d.example,mx2.d.example";

class ExplainerTest : public testing::Test {
 protected:
  ExplainerTest() {
    retry_.rules.front().jitter_fraction = 0.05;
    const auto accepted = run(store_.accept(a_message(id_.message).to("a@d.example").build()));
    EXPECT_TRUE(accepted.has_value());
  }

  template <class T>
  static Awaitable<> keep(Awaitable<T> work, std::optional<T>* into) {
    into->emplace(co_await std::move(work));
  }
  template <class T>
  T run(Awaitable<T> work) {
    std::optional<T> result;
    TaskGroup tasks(time_.loop());
    tasks.spawn("test", keep(std::move(work), &result));
    EXPECT_TRUE(time_.run_until([&result] { return result.has_value(); }, 1s));
    return std::move(*result);
  }

  queue::Delivery delivery() const { return store_.messages().front().deliveries.front(); }

  // An attempt of ours, when it is due, with all that it leaves in the store.
  void fail(mail::Outcome outcome) {
    time_.run_for(std::max(delivery().due - time_.wall(), Duration::zero()));
    const auto message = store_.messages().front().message;
    scheduler::AttemptMade made{.tried = {0}, .report = {}, .started = time_.wall(), .site = site};
    made.report.outcomes.push_back(std::move(outcome));
    made.report.host = "mx1.d.example";
    made.report.source = IpAddress::parse("192.0.2.7");
    made.was_greylisted = scheduler::was_greylisted(made.report, *retry_.reply_rules);
    const auto before = delivery();
    const auto decision = scheduler::decide({.message = message,
                                             .delivery = before,
                                             .retry = retry_,
                                             .notification = notification_,
                                             .now = time_.wall()},
                                            made.tried,
                                            made.report);
    queue::Settlement settlement{.after = decision.after};
    settlement.ledger = scheduler::ledger_line(made, decision, time_.wall());
    settlement.learned = scheduler::lesson_of(made, before, time_.wall());
    ASSERT_TRUE(run(store_.settle(std::move(settlement))).has_value());
  }

  HttpResponse ask(const std::string& id) { return run(explainer_.answer(id)); }
  Json explained() { return Json::parse(ask(id_.to_string()).body); }

  world::VirtualTime time_{noon};
  world::MemoryStore store_{time_};
  scheduler::RetrySettings retry_ = world::plain_retry();
  notify::NotificationSettings notification_;
  bool is_active_ = false;
  Explainer explainer_{{.store = store_,
                        .clock = time_,
                        .policies = {retry_, notification_},
                        .is_active = [this](queue::DeliveryId) { return is_active_; }}};
  const queue::DeliveryId id_{queue::MessageId::first_at(noon), 1};
};

Duration duration_at(const Json& object, const char* key) {
  return object[key].is_null() ? 0s : *parse_duration(object[key].get<std::string>());
}

// As an operator would, who has what is printed and nothing else.
std::int64_t added_up_us(const Json& sum) {
  auto wait = duration_at(sum, "wait") + duration_at(sum, "margin");
  wait = std::max(wait, duration_at(sum, "least"));
  if (!sum["most"].is_null()) wait = std::min(wait, duration_at(sum, "most"));
  wait += duration_at(sum, "jitter");
  wait = std::max(wait, duration_at(sum, "in_doubt_wait"));
  return sum["ended_us"].get<std::int64_t>() + wait.count();
}

TEST_F(ExplainerTest, GivesTermsThatAddUpToTheDue) {
  for (int attempt = 0; attempt < 6; ++attempt) {
    fail(attempt == 3 ? world::unanswered() : world::greylisted());

    const auto view = explained();

    EXPECT_EQ(view["reason"], "terms");
    EXPECT_EQ(added_up_us(view["sum"]), delivery().due.time_since_epoch().count());
    EXPECT_EQ(view["sum"]["due_us"], delivery().due.time_since_epoch().count());
    EXPECT_EQ(view["next_us"], view["sum"]["due_us"]);
  }
}

TEST_F(ExplainerTest, TellsWhoAnsweredWhatAndHowItWasRead) {
  fail(world::greylisted());

  const auto view = explained();

  EXPECT_EQ(view["reply"]["text"], "451 4.7.1 Greylisted, come back in 5 minutes");
  EXPECT_EQ(view["reply"]["host"], "mx1.d.example");
  EXPECT_EQ(view["reply"]["stage"], "rcpt");
  EXPECT_EQ(view["reply"]["recipient"], "a@d.example");
  EXPECT_EQ(view["reply"]["at"], "2026-03-01T12:00:00Z");
  EXPECT_EQ(view["class"], "greylist");
  EXPECT_EQ(view["rule"], "default");
  EXPECT_EQ(view["series"], "greylist");
  EXPECT_EQ(view["position"], 1);
  EXPECT_EQ(view["hint"]["stated"], "5m");
  EXPECT_EQ(view["hint"]["use"], "obeyed");
  EXPECT_EQ(view["sum"]["source"], "stated");
  EXPECT_EQ(view["sum"]["wait"], "5m");
  EXPECT_EQ(view["sum"]["margin"], "10s");
  EXPECT_EQ(view["sum"]["jitter_most"], "3s");
  EXPECT_EQ(view["source"], "192.0.2.7");
  EXPECT_EQ(view["host"], "mx1.d.example");
  EXPECT_EQ(view["greylisted"], "2026-03-01T12:00:00Z");
  EXPECT_EQ(view["pending_until"], "2026-03-01T14:00:00Z");
  EXPECT_EQ(view["held"], false);
  EXPECT_EQ(view["in_doubt"], false);
}

TEST_F(ExplainerTest, FindsTheSiteOfTheLastAttemptInTheLedger) {
  fail(world::greylisted());
  EXPECT_EQ(explained()["site"]["site"], site);
  EXPECT_TRUE(explained()["site"]["latest_refusal"].is_null());

  fail(world::greylisted());

  const auto view = explained();
  EXPECT_EQ(view["site"]["site"], site);
  EXPECT_EQ(view["site"]["refusals"], 1);
  EXPECT_FALSE(view["site"]["latest_refusal"].is_null());
}

TEST_F(ExplainerTest, OfMailThatWasNeverTriedHasNoSumAndNoSite) {
  const auto view = explained();

  EXPECT_EQ(view["reason"], "first_attempt");
  EXPECT_TRUE(view["sum"].is_null());
  EXPECT_TRUE(view["site"].is_null());
  EXPECT_TRUE(view["reply"].is_null());
  EXPECT_EQ(view["coming"].size(), 1U);
}

TEST_F(ExplainerTest, TellsWhatComesAndWhenTheSenderIsTold) {
  retry_.rules.front().jitter_fraction = 0;
  retry_.hints.obey = false;
  fail(world::greylisted());

  const auto view = explained();

  std::vector<std::string> times;
  for (const auto& coming : view["coming"])
    times.push_back(coming["at"]);
  EXPECT_THAT(times,
              ElementsAre("2026-03-01T12:06:00Z",
                          "2026-03-01T12:16:00Z",
                          "2026-03-01T12:31:00Z",
                          "2026-03-01T13:01:00Z",
                          "2026-03-01T13:31:00Z"));
  EXPECT_EQ(view["delay_notice"]["state"], "will_be_sent");
  EXPECT_EQ(view["delay_notice"]["retry"], 2);
  EXPECT_EQ(view["delay_notice"]["at"], "2026-03-01T12:16:00Z");
  EXPECT_EQ(view["end"]["ending"], "expired");
  EXPECT_EQ(view["hint"]["use"], "turned_off");
}

TEST_F(ExplainerTest, SaysThatAnAttemptIsUnderWay) {
  is_active_ = true;

  EXPECT_EQ(explained()["state"], "active");
}

TEST_F(ExplainerTest, ExplainsEachOpenDeliveryOfAMessage) {
  const auto several = queue::MessageId::first_at(noon + 1h);
  ASSERT_TRUE(run(store_.accept(a_message(several).to("a@d.example").to("b@e.example").build())));

  const auto all = ask(several.to_string());
  const auto second = ask(several.to_string() + "-2");

  EXPECT_EQ(std::count(all.body.begin(), all.body.end(), '\n'), 2);
  EXPECT_EQ(Json::parse(second.body)["domain"], "e.example");
}

TEST_F(ExplainerTest, RefusesAnIdThatNamesNothing) {
  EXPECT_EQ(ask("7ZZZZ").status, 404);
  EXPECT_EQ(ask(id_.message.to_string() + "-2").status, 404);
  EXPECT_EQ(ask("!").status, 400);
}

}  // namespace
}  // namespace greyhound::agent
