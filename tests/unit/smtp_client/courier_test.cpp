// From host to host: which setback leads on, and whose word counts in the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/socket_stream.hpp"
#include "runtime/task_group.hpp"
#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using mail::Stage;
using mail::Verdict;
using peers::Script;
using testing::ElementsAre;
using testing::HasSubstr;

class HostWalkTest : public CourierAtBothPlaces {};

class SourcesTest : public CourierTest {};

TEST_P(HostWalkTest, GoesOnAfterAFailedConnect) {
  const auto second = receiver_of(Script{});

  const auto report =
      run_attempt(a_request({"b@d.example"}), site_at({dead_end(), second->endpoint()}));

  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(report.host, "mx2.test");
}

TEST_P(HostWalkTest, GoesOnToTheNextAddressOfTheSameHost_Line36) {
  const auto receiver = receiver_of(Script{});
  mail::Site site{.key = "k", .hosts = {{"mx1.test", {dead_end(), receiver->endpoint()}}}};

  const auto report = run_attempt(a_request({"b@d.example"}), site);

  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(report.host, "mx1.test");
}

TEST_P(HostWalkTest, NamesTheLastHostWhereNoneWasReached) {
  const auto report =
      run_attempt(a_request({"b@d.example", "c@d.example"}), site_at({dead_end(), dead_end()}));

  ASSERT_EQ(report.outcomes.size(), 2U);
  EXPECT_THAT(said(report).at(1), HasSubstr("deferred connect 4.4.1 mx2.test (127.0.0.1:"));
  EXPECT_THAT(said(report).at(1), HasSubstr("Connection refused (2 addresses tried)"));
  EXPECT_EQ(report.host, "");
  EXPECT_EQ(report.remote, std::nullopt);
  EXPECT_EQ(report.our_fault, std::nullopt);
}

TEST_P(HostWalkTest, LeavesAddressesThatDidNotAnswerForTheEnd) {
  const auto receiver = receiver_of(Script{});
  const mail::Site site{.key = "k",
                        .hosts = {{"mx1.test", {dead_end(), dead_end(), receiver->endpoint()}}}};

  const auto first = run_attempt(a_request({"b@d.example"}), site);
  const auto second = run_attempt(a_request({"b@d.example"}), site);

  EXPECT_THAT(said(first).at(0), HasSubstr("(2 addresses tried)"));
  EXPECT_EQ(second.outcomes.at(0).verdict, Verdict::delivered);
}

struct Setback {
  const char* what;
  Script script;
};

const Setback reasons_to_go_on[] = {
    {"4yz greeting", {.greeting = "421 busy\r\n"}},
    {"5yz greeting", {.greeting = "554 no\r\n"}},
    {"cut greeting", {.cut_after_bytes = 5}},
    {"failed EHLO", {.replies = {{"EHLO", {"554 no\r\n"}}}}},
    {"closed after EHLO", {.replies = {{"EHLO", {"502 no\r\n"}}}, .hangs_up_after = {"EHLO"}}},
    {"failed HELO", {.replies = {{"EHLO", {"502 no\r\n"}}, {"HELO", {"550 no\r\n"}}}}},
    {"4yz to MAIL", {.replies = {{"MAIL", {"451 disk\r\n"}}}}},
    {"cut at MAIL", {.replies = {{"MAIL", {""}}}, .hangs_up_after = {"MAIL"}}},
    {"a second greeting in place of the reply to EHLO",
     {.replies = {{"EHLO", {"220 mx.test again\r\n"}}}}},
    {"cut before the first RCPT reply", {.replies = {{"RCPT", {""}}}, .hangs_up_after = {"RCPT"}}},
    {"asked to", {.replies = {{"RCPT", {"450 use another MX\r\n"}}}}}};

TEST_P(HostWalkTest, ReachesTheNextHostAfterASetbackThatAllowsIt) {
  for (const auto& [what, script] : reasons_to_go_on) {
    SCOPED_TRACE(what);
    const auto first = receiver_of(script);
    const auto second = receiver_of(Script{});

    const auto report =
        run_attempt(a_request({"b@d.example"}), site_at({first->endpoint(), second->endpoint()}));

    EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::delivered);
    EXPECT_EQ(report.host, "mx2.test");
  }
}

const Setback last_words[] = {
    {"greylisted at MAIL", {.replies = {{"MAIL", {"451 Greylisted\r\n"}}}}},
    {"5yz to MAIL", {.replies = {{"MAIL", {"550 no\r\n"}}}}},
    {"4yz to RCPT", {.replies = {{"RCPT", {"450 later\r\n"}}}}},
    {"421 to RCPT", {.replies = {{"RCPT", {"421 later\r\n"}}}}},
    {"5yz to RCPT", {.replies = {{"RCPT", {"550 no\r\n"}}}}},
    {"4yz to DATA", {.replies = {{"DATA", {"451 no\r\n"}}}}},
    {"4yz to the dot", {.replies = {{".", {"451 no\r\n"}}}}},
    {"cut at the dot", {.replies = {{".", {""}}}, .hangs_up_after = {"."}}}};

TEST_P(HostWalkTest, LeavesTheLastWordToAHostThatHasSpoken) {
  for (const auto& [what, script] : last_words) {
    SCOPED_TRACE(what);
    const auto first = receiver_of(script);
    const auto second = receiver_of(Script{});

    const auto report =
        run_attempt(a_request({"b@d.example"}), site_at({first->endpoint(), second->endpoint()}));

    EXPECT_NE(report.outcomes.at(0).verdict, Verdict::delivered);
    EXPECT_EQ(report.host, "mx1.test");
  }
}

TEST_P(HostWalkTest, RefusesAtTheGreetingOnlyWhereEveryHostDoes_Line3And4) {
  const auto first = receiver_of(Script{.greeting = "554 no\r\n"});
  const auto second = receiver_of(Script{.greeting = "554 never\r\n"});
  const auto busy = receiver_of(Script{.greeting = "421 busy\r\n"});

  const auto all =
      run_attempt(a_request({"b@d.example"}), site_at({first->endpoint(), second->endpoint()}));
  const auto not_busy =
      run_attempt(a_request({"b@d.example"}), site_at({busy->endpoint(), second->endpoint()}));
  const auto not_dead =
      run_attempt(a_request({"b@d.example"}), site_at({dead_end(), second->endpoint()}));

  EXPECT_THAT(said(all), ElementsAre("refused connect 554 never"));
  EXPECT_THAT(said(not_busy), ElementsAre("deferred connect 421 busy"));
  EXPECT_EQ(not_busy.host, "mx1.test");
  EXPECT_THAT(said(not_dead).at(0), HasSubstr("deferred connect 4.4.1 mx1.test"));
  EXPECT_EQ(not_dead.host, "");
}

TEST_P(HostWalkTest, BelievesAHostThatAnswersAtOneOfItsAddressesOnly) {
  const auto receiver = receiver_of(Script{.greeting = "554 no mail from you\r\n"});
  mail::Site site{.key = "k", .hosts = {{"mx1.test", {dead_end(), receiver->endpoint()}}}};

  const auto report = run_attempt(a_request({"b@d.example"}), site);

  EXPECT_THAT(said(report), ElementsAre("refused connect 554 no mail from you"));
}

TEST_P(HostWalkTest, RefusesNothingAtTheGreetingWhileTheAddressOfAHostIsUnknown_Line3And4) {
  const auto receiver = receiver_of(Script{.greeting = "554 no\r\n"});
  auto site = site_at({receiver->endpoint()});
  site.missing = "mx2.test: SERVFAIL";

  const auto report = run_attempt(a_request({"b@d.example"}), std::move(site));

  EXPECT_THAT(said(report), ElementsAre("deferred dns 4.4.3 mx2.test: SERVFAIL"));
  EXPECT_EQ(report.our_fault, std::nullopt);
}

TEST_P(HostWalkTest, BelievesAHostThatRefusesTheRecipientThoughAnotherWasBusyOrIsUnknown) {
  const auto busy = receiver_of(Script{.greeting = "421 busy\r\n"});
  const auto second = receiver_of(Script{.replies = {{"RCPT", {"550 5.1.1 no\r\n"}}}});
  auto in_part = site_at({second->endpoint()});
  in_part.missing = "mx2.test: SERVFAIL";

  const auto after_busy =
      run_attempt(a_request({"b@d.example"}), site_at({busy->endpoint(), second->endpoint()}));
  const auto without_other = run_attempt(a_request({"b@d.example"}), std::move(in_part));

  EXPECT_THAT(said(after_busy), ElementsAre("refused rcpt 550 5.1.1 no"));
  EXPECT_EQ(after_busy.host, "mx2.test");
  EXPECT_THAT(said(without_other), ElementsAre("refused rcpt 550 5.1.1 no"));
}

// The first takes one recipient a transaction (RFC 9422) and goes away after that.
TEST_P(HostWalkTest, NamesForEachRecipientTheHostThatDecided) {
  const auto first =
      receiver_of(Script{.replies = {{"EHLO", {"250-mx1\r\n250-DSN\r\n250 LIMITS RCPTMAX=1\r\n"}}},
                         .hangs_up_after = {"."}});
  const auto second = receiver_of(Script{.replies = {{"RCPT", {"451 4.7.1 Greylisted\r\n"}}}});

  const auto report = run_attempt(a_request({"a@d.example", "b@d.example"}),
                                  site_at({first->endpoint(), second->endpoint()}));

  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(report.answerer(0).host, "mx1.test");
  EXPECT_TRUE(report.answerer(0).reports_on);
  EXPECT_THAT(said(report).at(1), HasSubstr("Greylisted"));
  EXPECT_EQ(report.answerer(1).host, "mx2.test");
  EXPECT_FALSE(report.answerer(1).reports_on);
  EXPECT_EQ(report.host, "mx2.test") << "which has yet to take the one that is left";
}

TEST_P(HostWalkTest, GoesFirstToTheHostAndFromTheAddressOfTheGreylisting_Line35) {
  const auto first = receiver_of(Script{});
  const auto second = receiver_of(Script{});
  auto request = a_request({"b@d.example"});
  request.affinity = {.source = IpAddress::parse("127.0.0.7"), .host = "mx2.test"};

  const auto report =
      run_attempt(std::move(request), site_at({first->endpoint(), second->endpoint()}));

  EXPECT_EQ(report.host, "mx2.test");
  EXPECT_EQ(report.source, IpAddress::parse("127.0.0.7"));
}

TEST_P(HostWalkTest, LetsTheSystemChooseWhereThePinnedAddressIsGone) {
  const auto receiver = receiver_of(Script{});
  auto request = a_request({"b@d.example"});
  request.affinity = {.source = IpAddress::parse("192.0.2.77"), .host = ""};

  const auto report = run_attempt(std::move(request), site_at({receiver->endpoint()}));

  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(report.source, IpAddress::parse("127.0.0.1"));
}

TEST_P(HostWalkTest, BlamesItselfWhereTheConfiguredAddressIsMissing) {
  const auto receiver = receiver_of(Script{});
  settings.source_addresses = {*IpAddress::parse("192.0.2.77")};

  const auto report = run_attempt(a_request({"b@d.example"}), site_at({receiver->endpoint()}));

  ASSERT_TRUE(report.our_fault);
  EXPECT_THAT(*report.our_fault, HasSubstr("no local socket"));
  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::deferred);
}

TEST_P(HostWalkTest, DialsFromAConfiguredAddress) {
  const auto receiver = receiver_of(Script{});
  settings.source_addresses = {*IpAddress::parse("127.0.0.9")};

  const auto report = run_attempt(a_request({"b@d.example"}), site_at({receiver->endpoint()}));

  EXPECT_EQ(report.source, IpAddress::parse("127.0.0.9"));
}

TEST_P(HostWalkTest, TriesNoMoreHostsThanTheLimit_Line36) {
  settings.max_mx = 2;
  const auto third = receiver_of(Script{});

  const auto report =
      run_attempt(a_request({"b@d.example"}), site_at({dead_end(), dead_end(), third->endpoint()}));

  EXPECT_THAT(said(report).at(0), HasSubstr("4.4.1 mx2.test"));
}

TEST_P(HostWalkTest, SendsTheSameBytesAtEveryHost) {
  const auto first = receiver_of(Script{.replies = {{"MAIL", {"451 disk\r\n"}}}});
  const auto second = receiver_of(Script{});

  static_cast<void>(run_attempt(a_request({"b@d.example"}, "Subject: x\r\n\r\n.\r\nend"),
                                site_at({first->endpoint(), second->endpoint()})));

  EXPECT_EQ(second->heard(1).at(0).body, "Subject: x\r\n\r\n..\r\nend\r\n.\r\n");
  EXPECT_EQ(first->heard(1).at(0).commands.at(1), second->heard(1).at(0).commands.at(1));
}

INSTANTIATE_TEST_SUITE_P(, HostWalkTest, both_places, name_of_place);

TEST_F(CourierTest, UnwindsWhenItIsCancelled) {
  const auto silent = receiver_of(Script{.greeting = ""});
  NoResolver resolver;
  TcpNetwork network;
  runtime::SystemClock clock;
  Random random{1};
  SilentLog log;
  const auto tls = TlsClient::make(std::nullopt);
  ASSERT_TRUE(tls);
  boost::asio::io_context loop{1};
  Loops loops(loop.get_executor());
  const auto courier = make_smtp_courier(loop.get_executor(),
                                         settings,
                                         {.loops = loops,
                                          .resolver = resolver,
                                          .network = network,
                                          .clock = clock,
                                          .random = random,
                                          .log = log,
                                          .tls = **tls});
  TaskGroup tasks(loop.get_executor());
  bool has_ended = false;
  const auto attempt = [](mail::Courier* carrier,
                          mail::AttemptRequest request,
                          mail::Site site,
                          bool* ended) -> Awaitable<> {
    static_cast<void>(co_await carrier->attempt(std::move(request), std::move(site)));
    *ended = true;
  };
  tasks.spawn(
      "attempt",
      attempt(
          courier.get(), a_request({"b@d.example"}), site_at({silent->endpoint()}), &has_ended));
  loop.run_one();

  tasks.cancel();
  loop.restart();
  loop.run();

  EXPECT_FALSE(has_ended);
  EXPECT_EQ(tasks.size(), 0U);
}

TEST_F(SourcesTest, AreThoseOfTheFirstRuleForTheDomainButNotOfARoute) {
  const auto ours = *IpAddress::parse("192.0.2.1");
  const auto theirs = *IpAddress::parse("192.0.2.2");
  settings.source_addresses = {ours};
  settings.sites = {
      {.domains = {"[198.51.100.*]", "r.example"}, .limits = {}, .source_addresses = {theirs}}};
  settings.routes = {
      {.domains = {"r.example"}, .next_hops = {{.host = "203.0.113.1", .port = 25}}}};

  const auto by_rule = std::get<mail::Site>(locate("[198.51.100.7]"));
  const auto without_rule = std::get<mail::Site>(locate("[203.0.113.7]"));
  const auto by_route = std::get<mail::Site>(locate("r.example"));

  EXPECT_THAT(by_rule.sources, ElementsAre(theirs));
  EXPECT_THAT(without_rule.sources, ElementsAre(ours));
  EXPECT_THAT(by_route.sources, ElementsAre(ours));
}

}  // namespace
}  // namespace greyhound::smtp
