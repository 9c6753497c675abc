#include "cli/explanation_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "world/fake_clock.hpp"

namespace greyhound::cli {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
constexpr Instant now = world::FakeClock::noon + 2min;

// A delivery that a greylister put off twice.
Json explanation() {
  return Json::parse(R"({
    "delivery": "1K5RJ3G000000-1", "message": "1K5RJ3G000000", "domain": "d.example",
    "state": "waiting", "held": false, "in_doubt": false, "attempts": 2, "uncounted": 0,
    "next": "2026-03-01T12:05:11Z", "expires": "2026-03-06T11:48:00Z",
    "rule": "default", "series": "greylist", "position": 2, "class": "greylist",
    "greylisted": "2026-03-01T11:54:00Z", "pending_until": "2026-03-01T14:00:00Z",
    "source": "192.0.2.7", "host": "mx1.d.example", "reason": "terms",
    "sum": {"ended": "2026-03-01T12:00:00Z", "source": "stated", "signature": null,
            "wait": "5m", "margin": "10s", "least": "30s", "most": null,
            "jitter": "1s236ms17us", "jitter_dice": 0.412, "jitter_most": "3s",
            "in_doubt_wait": null, "due": "2026-03-01T12:05:11Z"},
    "reply": {"recipient": "a@d.example", "stage": "rcpt",
              "text": "451 4.7.1 Greylisted, come back in 5 minutes",
              "host": "mx1.d.example", "at": "2026-03-01T12:00:00Z"},
    "hint": {"stated": "5m", "use": "obeyed"}, "signature": ["postgrey"],
    "site": {"site": "mx1.d.example,mx2.d.example", "passes": 1, "refusals": 4,
             "earliest_pass": "5m", "latest_refusal": "4m59s"},
    "disbelieved_until": null,
    "coming": [{"retry": 2, "at": "2026-03-01T12:05:11Z"},
               {"retry": 3, "at": "2026-03-01T12:20:11Z"}],
    "end": {"ending": "expired", "at": "2026-03-06T11:48:00Z"},
    "delay_notice": {"state": "will_be_sent", "retry": 2, "at": "2026-03-01T12:05:11Z"}
  })");
}

std::string text(const Json& object = explanation()) {
  return explanation_text(object, now);
}

TEST(ExplanationText, IsWhatAnAdminLikesToReadAtThreeInTheMorning) {
  EXPECT_EQ(text(), R"(delivery      1K5RJ3G000000-1
to            d.example
state         waiting
next attempt  2026-03-01T12:05:11Z (in 3m): retry 2

why then
  reply         451 4.7.1 Greylisted, come back in 5 minutes
  given         by mx1.d.example at rcpt, 2026-03-01T12:00:00Z (2m ago), to <a@d.example>
  read as       greylist, as postgrey does it, states a wait of 5m
  rule          default, wait 2 of the greylist series
  the sum
    2026-03-01T12:00:00Z  attempt 2 ended
    + 5m                  as the reply states
    + 10s                 margin
    + 1s236ms             jitter: 0.412 of at most 3s
    = 2026-03-01T12:05:11Z

where
  site          mx1.d.example,mx2.d.example
  window        longer than 4m59s, at most 5m: 1 pass, 4 refusals after the first
  called from   192.0.2.7
  first called  mx1.d.example
  greylisted    2026-03-01T11:54:00Z (8m ago)
  forgotten     2026-03-01T14:00:00Z (in 1h)

if every attempt fails as the last one did
  retry 2       2026-03-01T12:05:11Z (in 3m)
  retry 3       2026-03-01T12:20:11Z (in 18m)

delay notice  will be sent if retry 2 fails, 2026-03-01T12:05:11Z (in 3m)
expires       2026-03-06T11:48:00Z (in 4d)
)");
}

TEST(ExplanationText, OfNewMailIsShort) {
  auto view = explanation();
  view["reason"] = "first_attempt";
  view["attempts"] = 0;
  for (const auto* key : {"sum", "reply", "hint", "site", "source", "host", "end"})
    view[key] = nullptr;
  view["coming"] = {{{"retry", 0}, {"at", "2026-03-01T12:05:11Z"}}};
  view["delay_notice"]["at"] = nullptr;

  EXPECT_THAT(text(view),
              AllOf(HasSubstr("(in 3m): the first\n"),
                    HasSubstr("why then\n  it is new\n"),
                    HasSubstr("delay notice  will be sent if retry 2 fails\n"),
                    Not(HasSubstr("where")),
                    Not(HasSubstr("if every"))));
}

TEST(ExplanationText, NamesEveryOriginOfAWait) {
  auto view = explanation();
  const auto with = [&view](const char* source) {
    view["sum"]["source"] = source;
    return text(view);
  };

  EXPECT_THAT(with("series"), HasSubstr("+ 5m                  wait 2 of the greylist series\n"));
  EXPECT_THAT(with("learned"), HasSubstr("as learned from other mail to this site\n"));
  EXPECT_THAT(with("known_end"), HasSubstr("to where others got through\n"));
  EXPECT_THAT(with("own_clock"), HasSubstr("what was left when it was woken for nothing\n"));
  EXPECT_THAT(with("third_contact"), HasSubstr("the last call only opened the door\n"));
  view["sum"]["signature"] = "postgrey";
  EXPECT_THAT(with("signature"), HasSubstr("the window of postgrey\n"));
  EXPECT_THAT(with("of tomorrow"), HasSubstr("+ 5m                  of tomorrow\n"));
}

TEST(ExplanationText, ShowsALimitOnlyWhereItHolds) {
  auto view = explanation();
  EXPECT_THAT(text(view), Not(HasSubstr("not less")));

  view["sum"]["wait"] = "1s";
  EXPECT_THAT(text(view), HasSubstr("    = 30s                 not less\n"));
  view["sum"]["wait"] = "3h";
  view["sum"]["most"] = "1h48m";
  EXPECT_THAT(text(view),
              HasSubstr("    = 1h48m               not more, or the greylister may forget us\n"));
}

TEST(ExplanationText, SaysWhatBeingInDoubtMeans) {
  auto view = explanation();
  view["in_doubt"] = true;
  view["sum"]["in_doubt_wait"] = "30m";

  EXPECT_THAT(text(view),
              AllOf(HasSubstr("in doubt      it was sent whole and no reply was read"),
                    HasSubstr("    or + 30m              if that is more: it is in doubt\n")));
}

TEST(ExplanationText, SaysThatTheDueWasMovedAndWhatItsTermsGive) {
  auto view = explanation();
  view["reason"] = "moved";
  EXPECT_THAT(text(view),
              HasSubstr("moved         by an operator; its terms give 2026-03-01T12:05:11Z (in"));

  view["uncounted"] = 2;
  EXPECT_THAT(text(view),
              HasSubstr("moved         by 2 attempts that we could not make, or by an operator;"));
  for (const auto& [by, said] :
       {std::pair("operator", "by an operator;"),
        std::pair("woken", "forward: other mail with its key got through;"),
        std::pair("stood_back", "back: other mail with its key asks for it;"),
        std::pair("ourselves", "by 2 attempts that we could not make;")}) {
    view["moved_by"] = by;
    EXPECT_THAT(text(view), HasSubstr(std::string("moved         ") + said));
  }
}

TEST(ExplanationText, SaysWhyAStatedWaitWasNotObeyed) {
  auto view = explanation();
  const auto with = [&view](const char* use) {
    view["hint"]["use"] = use;
    return text(view);
  };
  view["disbelieved_until"] = "2026-03-02T12:00:00Z";

  EXPECT_THAT(with("turned_off"), HasSubstr("of 5m, which the settings say not to obey\n"));
  EXPECT_THAT(with("did_not_come_true"), HasSubstr("of 5m, which has not come true\n"));
  EXPECT_THAT(with("disbelieved"), HasSubstr("of 5m, not believed before 2026-03-02T12:00:00Z"));
}

TEST(ExplanationText, OfHeldMailPromisesNoAttempt) {
  auto view = explanation();
  view["held"] = true;
  view["state"] = "held";
  view["coming"] = Json::array();
  view["end"] = nullptr;

  EXPECT_THAT(
      text(view),
      AllOf(HasSubstr("next attempt  none while it is held\n"), Not(HasSubstr("if every"))));
}

TEST(ExplanationText, SaysWhyThereIsNoDelayNotice) {
  auto view = explanation();
  const auto with = [&view](const char* state) {
    view["delay_notice"] = {{"state", state}, {"retry", nullptr}, {"at", nullptr}};
    return text(view);
  };

  EXPECT_THAT(with("turned_off"), HasSubstr("delay notice  none: turned off"));
  EXPECT_THAT(with("null_sender"), HasSubstr("delay notice  none: the sender is <>\n"));
  EXPECT_THAT(with("of_a_notice"), HasSubstr("delay notice  none: it is a notice itself\n"));
  EXPECT_THAT(with("bulk"), HasSubstr("delay notice  none: bulk mail"));
  EXPECT_THAT(with("unwanted"), HasSubstr("delay notice  none: NOTIFY asks for none\n"));
  EXPECT_THAT(with("ends_before"), HasSubstr("delay notice  none: it ends before one is due\n"));
  view["delay_notice"] = {{"state", "sent"}, {"retry", nullptr}, {"at", "2026-03-01T12:00:00Z"}};
  EXPECT_THAT(text(view), HasSubstr("delay notice  sent 2026-03-01T12:00:00Z (2m ago)\n"));
}

TEST(ExplanationText, IsSafeForATerminalWhateverTheReplySays) {
  auto view = explanation();
  view["reply"]["text"] = "451 \x1b[2J";

  EXPECT_THAT(text(view), AllOf(HasSubstr("451 \\x1b[2J"), Not(HasSubstr("\x1b"))));
}

TEST(ExplanationText, OfAnObjectWithNothingInItIsNotMuch) {
  EXPECT_THAT(text(Json::object()), HasSubstr("why then\n"));
}

}  // namespace
}  // namespace greyhound::cli
