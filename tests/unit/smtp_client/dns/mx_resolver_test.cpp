#include <set>

#include <gmock/gmock.h>

#include "unit/smtp_client/dns/mx_fixture.hpp"

namespace greyhound::smtp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(MxResolverTest, SortsByPreferenceAndNamesTheSiteByItsHosts_Line35) {
  dns.add_mx("d.example", {{20, "mx2.example"}, {10, "mx1.example"}, {30, "a.example"}});
  dns.addresses = {{"mx1.example", {"192.0.2.1"}},
                   {"mx2.example", {"192.0.2.2", "2001:db8::2"}},
                   {"a.example", {"192.0.2.3"}}};

  const auto found = site("d.example");

  EXPECT_EQ(found.key, "a.example,mx1.example,mx2.example");
  EXPECT_FALSE(found.is_route);
  ASSERT_EQ(found.hosts.size(), 3U);
  EXPECT_EQ(found.hosts[0].name, "mx1.example");
  EXPECT_EQ(found.hosts[1].endpoints.size(), 2U);
  EXPECT_EQ(found.hosts[0].endpoints[0].to_string(), "192.0.2.1:25");
}

TEST_F(MxResolverTest, ShufflesEqualPreferencesAtEachUse_Line35) {
  dns.add_mx("d.example", {{10, "a.example"}, {10, "b.example"}, {5, "best.example"}});
  dns.addresses = {
      {"a.example", {"192.0.2.1"}}, {"b.example", {"192.0.2.2"}}, {"best.example", {"192.0.2.3"}}};
  std::set<std::string> seen_second;

  for (int i = 0; i < 50; ++i) {
    const auto order = hosts("d.example");
    ASSERT_EQ(order.size(), 3U);
    EXPECT_EQ(order[0], "best.example");
    seen_second.insert(order[1]);
  }

  EXPECT_EQ(seen_second.size(), 2U);
  EXPECT_EQ(dns.mx_questions["d.example"], 1);
}

TEST_F(MxResolverTest, AsksAgainWhenTheCacheIsOld) {
  dns.add_mx("d.example", {{10, "a.example"}});
  dns.addresses = {{"a.example", {"192.0.2.1"}}};
  static_cast<void>(site("d.example"));

  clock.steady_now += SiteCache::lifetime;
  static_cast<void>(site("d.example"));

  EXPECT_EQ(dns.mx_questions["d.example"], 2);
}

TEST_F(MxResolverTest, TakesTheDomainItselfWhereThereIsNoMx_Line32) {
  dns.addresses = {{"d.example", {"192.0.2.1"}}};

  const auto found = site("d.example");

  EXPECT_EQ(found.key, "d.example");
  EXPECT_THAT(hosts("d.example"), ElementsAre("d.example"));
}

TEST_F(MxResolverTest, NeverFallsBackToTheAddressWhereAnMxExists_Line33And34) {
  dns.add_mx("d.example", {{10, "gone.example"}});
  dns.addresses = {{"d.example", {"192.0.2.1"}}};

  EXPECT_EQ(why_not("d.example"), "deferred 4.4.3 d.example: none of its MX has an address");
}

TEST_F(MxResolverTest, RefusesTheNullMxAtOnce_Line98And116And117) {
  dns.add_mx("d.example", {{0, ""}});

  EXPECT_EQ(why_not("d.example"), "refused 5.1.10 d.example: takes no mail (null MX)");
}

TEST_F(MxResolverTest, IgnoresTheDotBesideAnotherMx_Line116) {
  dns.add_mx("d.example", {{0, ""}, {10, "a.example"}});
  dns.addresses = {{"a.example", {"192.0.2.1"}}};

  EXPECT_THAT(hosts("d.example"), ElementsAre("a.example"));
}

TEST_F(MxResolverTest, BelievesThatADomainDoesNotExistWhenToldTwice_Line30) {
  EXPECT_EQ(why_not("d.example"), "refused 5.1.2 d.example: there is no such domain");
  EXPECT_EQ(dns.mx_questions["d.example"], 2);
}

TEST_F(MxResolverTest, DefersWhereTheSecondQuestionDoesNotConfirm_Line30) {
  dns.mx_answers["d.example"] = {no_mx(DnsStatus::no_such_name), no_mx(DnsStatus::failed)};

  EXPECT_EQ(why_not("d.example"), "deferred 4.4.3 MX: SERVFAIL");
}

TEST_F(MxResolverTest, RefusesADomainWithoutMxAndAddressWhenToldTwice) {
  dns.mx_answers["d.example"] = {no_mx(DnsStatus::no_data)};
  dns.addresses = {{"d.example", {}}};

  EXPECT_EQ(why_not("d.example"), "refused 5.4.4 d.example: has neither MX nor address");
  EXPECT_EQ(dns.mx_questions["d.example"], 2);
  EXPECT_EQ(dns.address_questions["d.example"], 4);
}

TEST_F(MxResolverTest, DefersWhatFailsForNow_Line31) {
  dns.mx_answers["d.example"] = {no_mx(DnsStatus::failed)};
  dns.broken = {"e.example"};

  EXPECT_EQ(why_not("d.example"), "deferred 4.4.3 MX: SERVFAIL");
  EXPECT_EQ(why_not("e.example"), "deferred 4.4.3 e.example: SERVFAIL");
  EXPECT_FALSE(is_ours);
}

TEST_F(MxResolverTest, CallsItOurOwnTroubleOnlyIfTheSelfTestFailsToo) {
  dns.mx_answers["d.example"] = {no_mx(DnsStatus::failed)};
  dns.broken = {"always.example"};
  self_test = "always.example";

  EXPECT_THAT(why_not("d.example"), HasSubstr("deferred"));
  EXPECT_TRUE(is_ours);

  dns.broken.clear();
  dns.addresses["always.example"] = {"192.0.2.1"};
  EXPECT_THAT(why_not("d.example"), HasSubstr("deferred"));
  EXPECT_FALSE(is_ours);
}

TEST_F(MxResolverTest, GoesOnWithoutTheHostsThatDoNotResolve_Line34) {
  dns.add_mx("d.example",
             {{10, "broken.example"}, {20, "gone.example"}, {30, "bad name"}, {40, "a.example"}});
  dns.broken = {"broken.example"};
  dns.addresses = {{"a.example", {"192.0.2.1"}}};

  EXPECT_THAT(hosts("d.example"), ElementsAre("a.example"));
}

TEST_F(MxResolverTest, SaysOfASiteThatWasFoundInPartWhatIsMissing) {
  dns.add_mx("d.example", {{10, "broken.example"}, {20, "gone.example"}, {30, "a.example"}});
  dns.broken = {"broken.example"};
  dns.addresses = {{"a.example", {"192.0.2.1"}}, {"broken.example", {"192.0.2.2"}}};
  EXPECT_EQ(site("d.example").missing, "broken.example: SERVFAIL");

  dns.broken.clear();

  EXPECT_EQ(site("d.example").missing, "") << "a host without address is nothing to wait for";
}

TEST_F(MxResolverTest, DoesNotRememberASiteThatWasFoundInPart) {
  dns.add_mx("d.example", {{10, "broken.example"}, {20, "a.example"}});
  dns.broken = {"broken.example"};
  dns.addresses = {{"a.example", {"192.0.2.1"}}, {"broken.example", {"192.0.2.2"}}};
  EXPECT_THAT(hosts("d.example"), ElementsAre("a.example"));

  dns.broken.clear();

  EXPECT_THAT(hosts("d.example"), ElementsAre("broken.example", "a.example"));
}

TEST_F(MxResolverTest, StopsAfterAFewHostsThatFail) {
  std::vector<MxRecord> records;
  for (std::uint16_t i = 0; i < 9; ++i) {
    const auto name = "mx" + std::to_string(i) + ".example";
    records.push_back({i, name});
    dns.broken.insert(name);
  }
  dns.add_mx("d.example", records);

  EXPECT_EQ(why_not("d.example"), "deferred 4.4.3 mx2.example: SERVFAIL");
}

TEST_F(MxResolverTest, LooksUpNoMoreHostsThanTheLimit) {
  settings.max_mx = 2;
  dns.add_mx("d.example", {{10, "a.example"}, {20, "b.example"}, {30, "c.example"}});
  dns.addresses = {
      {"a.example", {"192.0.2.1"}}, {"b.example", {"192.0.2.2"}}, {"c.example", {"192.0.2.3"}}};

  EXPECT_THAT(hosts("d.example"), ElementsAre("a.example", "b.example"));
  EXPECT_EQ(dns.address_questions["c.example"], 0);
}

TEST_F(MxResolverTest, DropsItselfByNameAndAllThatIsNoBetter_Line37) {
  dns.add_mx(
      "d.example",
      {{5, "best.example"}, {10, "MAIL.example.org"}, {10, "peer.example"}, {20, "b.example"}});
  dns.addresses = {{"best.example", {"192.0.2.1"}},
                   {"peer.example", {"192.0.2.2"}},
                   {"b.example", {"192.0.2.3"}}};

  EXPECT_THAT(hosts("d.example"), ElementsAre("best.example"));
}

TEST_F(MxResolverTest, DropsItselfByAddressAndPort_Line37) {
  settings.own_listeners = {*Endpoint::parse("192.0.2.9:25", 25)};
  dns.add_mx("d.example", {{5, "best.example"}, {10, "us.example"}, {20, "b.example"}});
  dns.addresses = {
      {"best.example", {"192.0.2.1"}}, {"us.example", {"192.0.2.9"}}, {"b.example", {"192.0.2.3"}}};

  EXPECT_THAT(hosts("d.example"), ElementsAre("best.example"));
}

TEST_F(MxResolverTest, RefusesALoop_Line37And98) {
  settings.own_listeners = {*Endpoint::parse("192.0.2.9:25", 25)};
  dns.add_mx("name.example", {{10, "mail.example.org"}});
  dns.add_mx("address.example", {{10, "us.example"}, {20, "b.example"}});
  dns.addresses = {{"us.example", {"192.0.2.9"}}, {"b.example", {"192.0.2.3"}}};

  EXPECT_THAT(why_not("name.example"), HasSubstr("refused 5.4.6"));
  EXPECT_THAT(why_not("address.example"), HasSubstr("refused 5.4.6"));
  EXPECT_THAT(why_not("[192.0.2.9]"), HasSubstr("refused 5.4.6"));
}

TEST_F(MxResolverTest, DefersWhereABetterHostThanOurselvesFailsToResolve) {
  settings.own_listeners = {*Endpoint::parse("192.0.2.9:25", 25)};
  dns.add_mx("d.example", {{5, "best.example"}, {10, "us.example"}});
  dns.broken = {"best.example"};
  dns.addresses = {{"us.example", {"192.0.2.9"}}};

  EXPECT_EQ(why_not("d.example"), "deferred 4.4.3 best.example: SERVFAIL");
}

TEST_F(MxResolverTest, SkipsDeniedTargets_Line39) {
  settings.deny_targets = {*IpNetwork::parse("127.0.0.0/8")};
  dns.add_mx("some.example", {{5, "bad.example"}, {10, "good.example"}});
  dns.add_mx("all.example", {{5, "bad.example"}});
  dns.addresses = {{"bad.example", {"127.0.0.1"}}, {"good.example", {"127.0.0.2", "192.0.2.1"}}};

  const auto some = site("some.example");
  ASSERT_EQ(some.hosts.size(), 1U);
  EXPECT_EQ(some.hosts[0].endpoints.size(), 1U);
  EXPECT_EQ(why_not("all.example"),
            "deferred 4.4.3 bad.example (127.0.0.1): is in smtp.deny_targets");
  EXPECT_EQ(why_not("[127.0.0.1]"), "deferred 4.4.3 [127.0.0.1]: is in smtp.deny_targets");
}

TEST_F(MxResolverTest, TakesAnAddressLiteralAsItStands) {
  const auto v4 = site("[192.0.2.1]");
  const auto v6 = site("[ipv6:2001:db8::1]");

  EXPECT_EQ(v4.key, "[192.0.2.1]");
  EXPECT_EQ(v4.hosts.at(0).endpoints.at(0).to_string(), "192.0.2.1:25");
  EXPECT_EQ(v6.hosts.at(0).endpoints.at(0).to_string(), "[2001:db8::1]:25");
  EXPECT_TRUE(dns.mx_questions.empty());
}

TEST_F(MxResolverTest, KeepsToTheConfiguredFamily) {
  settings.family = AddressFamily::v4;
  dns.add_mx("d.example", {{10, "a.example"}});
  dns.addresses = {{"a.example", {"192.0.2.1", "2001:db8::1"}}, {"six.example", {"2001:db8::2"}}};

  EXPECT_EQ(site("d.example").hosts.at(0).endpoints.size(), 1U);
  EXPECT_EQ(why_not("six.example"), "deferred 4.4.3 six.example: no address of the family in use");
}

TEST_F(MxResolverTest, FollowsTheFirstRouteThatMatchesDomainAndSender) {
  settings.deny_targets = {*IpNetwork::parse("127.0.0.0/8")};
  settings.routes = {
      {.domains = {"*.lan"}, .senders = {""}, .next_hops = {{.host = "127.0.0.1", .port = 2501}}},
      {.domains = {"*.lan"}, .senders = {}, .next_hops = {{.host = "hub.example", .port = 2502}}}};
  dns.addresses = {{"hub.example", {"127.0.0.2"}}};

  const auto for_notices = site("x.lan");
  const auto for_others = site("x.lan", mail::Address::parse("a@s.example"));

  EXPECT_EQ(for_notices.key, "route:127.0.0.1:2501");
  EXPECT_TRUE(for_notices.is_route);
  EXPECT_EQ(for_others.hosts.at(0).endpoints.at(0).to_string(), "127.0.0.2:2502");
  EXPECT_TRUE(dns.mx_questions.empty());
}

TEST_F(MxResolverTest, OrdersNextHopsByWeightAndShufflesEqualOnes) {
  settings.routes = {{.domains = {},
                      .senders = {},
                      .next_hops = {{.host = "192.0.2.3", .weight = 9},
                                    {.host = "192.0.2.1", .weight = 1},
                                    {.host = "192.0.2.2", .weight = 1}}}};
  std::set<std::string> first;

  for (int i = 0; i < 50; ++i) {
    const auto order = hosts("d.example");
    ASSERT_EQ(order.size(), 3U);
    EXPECT_EQ(order[2], "192.0.2.3");
    first.insert(order[0]);
  }

  EXPECT_EQ(first.size(), 2U);
}

TEST_F(MxResolverTest, NeverGivesUpOnARouteWhoseHostDoesNotExist) {
  settings.routes = {{.domains = {}, .senders = {}, .next_hops = {{.host = "gone.example"}}}};

  EXPECT_EQ(why_not("d.example"),
            "deferred 4.4.3 route:gone.example:25: no next hop has an address");
}

}  // namespace
}  // namespace greyhound::smtp
