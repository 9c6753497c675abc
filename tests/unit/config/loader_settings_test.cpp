// Good input and what it comes to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/config_folder.hpp"

namespace greyhound::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Loader, GivesTheHostNameToAllWhoShowIt) {
  const auto loaded = load_text("greyhound.json", R"({ "hostname": "out.example.org" })");

  EXPECT_EQ(loaded.settings.hostname, "out.example.org");
  EXPECT_EQ(loaded.settings.domain, "out.example.org");
  EXPECT_EQ(loaded.settings.smtp.hostname, "out.example.org");
  EXPECT_EQ(loaded.settings.intake.hostname, "out.example.org");
  EXPECT_EQ(loaded.settings.notification.postmaster, "postmaster@out.example.org");
}

TEST(Loader, CompletesBareNamesWithTheDomain) {
  const auto loaded =
      load_text("greyhound.json", R"({ "hostname": "out.example.org", "domain": "example.org" })");

  EXPECT_EQ(loaded.settings.intake.domain, "example.org");
  EXPECT_EQ(loaded.settings.notification.postmaster, "postmaster@example.org");
}

TEST(Loader, KeepsTheDefaultsOfKeysBesideTheOneThatIsGiven) {
  const auto loaded =
      load_text("greyhound.json", R"({ "smtp": { "timeouts": { "data": "1s" } } })");

  EXPECT_EQ(all_of(loaded.problems), "");
  EXPECT_EQ(loaded.settings.smtp.timeouts.data, 1s);
  EXPECT_EQ(loaded.settings.smtp.timeouts.final, 10min);
  EXPECT_EQ(loaded.settings.smtp.max_mx, 10U);
}

TEST(Loader, TakesAnEmptyListForWhatItSays) {
  const auto loaded = load_text(
      "greyhound.json", R"({ "smtp": { "deny_targets": [] }, "intake": { "listeners": [] } })");

  EXPECT_EQ(all_of(loaded.problems), "");
  EXPECT_THAT(loaded.settings.smtp.deny_targets, IsEmpty());
  EXPECT_THAT(loaded.settings.intake.listeners, IsEmpty());
  EXPECT_THAT(loaded.settings.smtp.own_listeners, IsEmpty());
}

TEST(Loader, ReadsRoutesWithTheirDefaults) {
  const auto loaded = load_text("greyhound.json", R"({ "routes": [
    { "domain": [ "a.example", "*.a.example" ], "sender": "", "tls": "none",
      "next_hops": [ { "host": "192.0.2.10", "port": 2500, "weight": 3 },
                     { "host": "b.example" } ] },
    { "tls": "implicit", "next_hops": [ { "host": "2001:db8::1" } ] },
    { "next_hops": [ { "host": "c.example" } ] } ] })");

  EXPECT_EQ(all_of(loaded.problems), "");
  const auto& routes = loaded.settings.smtp.routes;
  ASSERT_EQ(routes.size(), 3U);
  EXPECT_EQ(routes[0].tls, mail::TlsLevel::none);
  EXPECT_EQ(routes[1].tls, mail::TlsLevel::implicit);
  EXPECT_EQ(routes[2].tls, std::nullopt);
  EXPECT_THAT(routes[0].domains, ElementsAre("a.example", "*.a.example"));
  EXPECT_THAT(routes[0].senders, ElementsAre(""));
  EXPECT_THAT(routes[0].next_hops,
              ElementsAre(smtp::NextHop{"192.0.2.10", 2500, 3}, smtp::NextHop{"b.example", 25, 0}));
  EXPECT_THAT(routes[1].domains, IsEmpty());
  EXPECT_EQ(routes[1].next_hops[0].host, "2001:db8::1");
}

TEST(Loader, RefusesAFileOfAuthoritiesThatCannotBeRead) {
  const auto loaded =
      load_text("greyhound.json", R"({ "smtp": { "tls": { "ca_file": "/nonexistent/ca.pem" } } })");

  EXPECT_EQ(all_of(loaded.problems),
            "greyhound.json:1: error: /smtp/tls/ca_file: cannot be read; name a file of "
            "certificates in PEM form, or null\n");
}

TEST(Loader, ReadsNameServersWithAndWithoutAPort) {
  const auto loaded = load_text(
      "greyhound.json", R"({ "dns": { "servers": [ "127.0.0.1:5353", "2001:db8::53" ] } })");

  EXPECT_THAT(loaded.settings.dns.servers,
              ElementsAre(Endpoint{*IpAddress::parse("127.0.0.1"), 5353},
                          Endpoint{*IpAddress::parse("2001:db8::53"), 53}));
}

TEST(Loader, ReadsWhoChecksSignatures) {
  const auto dns = [](const std::string& text) {
    return load_text("greyhound.json", R"({ "dns": { )" + text + " } }").settings.dns;
  };

  EXPECT_EQ(dns("").dnssec, smtp::Dnssec::validate);
  EXPECT_EQ(dns(R"("dnssec": "off")").dnssec, smtp::Dnssec::off);
  EXPECT_EQ(dns(R"("dnssec": "trust_ad", "servers": [ "::1" ])").dnssec, smtp::Dnssec::trust_ad);
  EXPECT_EQ(dns(R"("trust_anchor": "/dev/null")").trust_anchor, "/dev/null");
}

TEST(Loader, RefusesToTrustAResolverThatIsNotOnLoopback_Line126) {
  const auto loaded = load_text(
      "greyhound.json", R"({ "dns": { "dnssec": "trust_ad", "servers": [ "192.0.2.53" ] } })");

  EXPECT_TRUE(loaded.has_errors());
  EXPECT_EQ(loaded.problems.back().what, "is \"trust_ad\", but not every server is on loopback");
  EXPECT_TRUE(load_text("greyhound.json", R"({ "dns": { "dnssec": "trust_ad" } })").has_errors());
  EXPECT_FALSE(
      load_text("greyhound.json", R"({ "dns": { "dnssec": "trust_ad", "servers": [ "::1" ] } })")
          .has_errors());
}

TEST(Loader, RefusesATrustAnchorThatCannotBeRead) {
  const auto loaded =
      load_text("greyhound.json", R"({ "dns": { "trust_anchor": "/nonexistent/root.key" } })");

  EXPECT_EQ(all_of(loaded.problems),
            "greyhound.json:1: error: /dns/trust_anchor: cannot be read; name a file of DS or "
            "DNSKEY records, or null\n");
}

// Whoever hands in mail may not read the agent's keys and passwords.
TEST(Loader, LeavesTheFilesThatAreNamedAloneForCallersOfTheAgent) {
  ConfigFolder folder;
  folder.with("greyhound.json", R"({
    "intake": { "tls": { "certificate": "/nonexistent/c.pem", "key": "/nonexistent/k.pem" },
                "auth": { "password_file": "/nonexistent/passwords" } },
    "smtp": { "tls": { "ca_file": "/nonexistent/ca.pem" } },
    "dns": { "trust_anchor": "/nonexistent/root.key" },
    "routes": [ { "next_hops": [ { "host": "r.example" } ], "tls": "verify",
                  "auth": { "user": "u", "password_file": "/nonexistent/password" } } ] })");

  const auto for_agent = load(folder.path());
  const auto for_callers = load(folder.path(), NamedFiles::left_alone);

  EXPECT_EQ(for_agent.problems.size(), 6U);
  EXPECT_EQ(all_of(for_callers.problems), "");
  EXPECT_EQ(for_callers.settings.smtp.routes.at(0).credentials, nullptr);
}

TEST(Loader, LetsAListenerOutsideLoopbackBeOnceTheNetworksAreNamed) {
  const auto loaded = load_text("greyhound.json", R"({ "intake": {
    "listeners": [ { "address": "0.0.0.0", "port": 25 } ], "relay_from": [ "10.0.0.0/8" ] } })");

  EXPECT_EQ(all_of(loaded.problems), "");
  EXPECT_THAT(loaded.settings.intake.relay_from, ElementsAre(*IpNetwork::parse("10.0.0.0/8")));
}

TEST(Loader, LetsTheSystemChooseSeveralPorts) {
  const auto loaded = load_text("greyhound.json", R"({ "intake": { "listeners": [
    { "address": "127.0.0.1", "port": 0 }, { "address": "127.0.0.1", "port": 0 } ] } })");

  EXPECT_EQ(all_of(loaded.problems), "");
  EXPECT_EQ(loaded.settings.intake.listeners.size(), 2U);
}

TEST(Loader, FillsARuleFromTheDefaultRule) {
  const auto loaded = load_text("retry.json", R"({ "rules": [
    { "name": "quick", "match": { "domain": "*.example" }, "retry": [ "1s", "2s" ],
      "in_doubt": { "then": "assume_delivered" } },
    { "name": "rest", "match": { "domain": "*" }, "jitter": "0%", "max_attempts": 7 } ] })");

  EXPECT_EQ(all_of(loaded.problems), "");
  const auto& rules = loaded.settings.retry.rules;
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_THAT(rules[0].retry, ElementsAre(1s, 2s));
  EXPECT_THAT(rules[0].greylist, ElementsAre(6min, 10min, 15min, 30min, 45min, 90min));
  EXPECT_EQ(rules[0].in_doubt_then, scheduler::InDoubtPolicy::assume_delivered);
  EXPECT_EQ(rules[0].in_doubt_wait, 30min);
  EXPECT_THAT(rules[1].retry, ElementsAre(5min, 10min, 20min, 40min, 90min, 3h));
  EXPECT_EQ(rules[1].jitter_fraction, 0);
  EXPECT_EQ(rules[1].max_attempts, 7U);
}

TEST(Loader, ReadsEveryKindOfMatch) {
  const auto loaded = load_text("retry.json", R"({ "rules": [
    { "name": "a", "match": { "domain": [ "a", "b" ], "mx": "mx.*", "sender": "",
      "class": [ "greylist", "*_*" ], "code": [ "45*", "421" ], "text": "*busy*" } },
    { "name": "b" } ] })");

  EXPECT_EQ(all_of(loaded.problems), "");
  const auto& match = loaded.settings.retry.rules.at(0).match;
  EXPECT_THAT(match.domains, ElementsAre("a", "b"));
  EXPECT_THAT(match.mx, ElementsAre("mx.*"));
  EXPECT_THAT(match.senders, ElementsAre(""));
  EXPECT_THAT(match.classes,
              ElementsAre(mail::ReplyClass::greylist,
                          mail::ReplyClass::rate_limit,
                          mail::ReplyClass::mailbox_full,
                          mail::ReplyClass::server_busy,
                          mail::ReplyClass::dns_or_auth));
  EXPECT_THAT(match.codes, ElementsAre("45*", "421"));
  EXPECT_THAT(match.texts, ElementsAre("*busy*"));
}

TEST(Loader, ReadsTheRamp) {
  const auto loaded = load_text("retry.json", R"({ "ramp": {
    "per_second": 50, "per_site_per_second": 2, "doubles_every": "1m" } })");

  EXPECT_EQ(all_of(loaded.problems), "");
  const auto& ramp = loaded.settings.retry.ramp;
  EXPECT_EQ(ramp.per_second, 50U);
  EXPECT_EQ(ramp.per_site_per_second, 2U);
  EXPECT_EQ(ramp.doubles_every, 1min);
}

TEST(Loader, RefusesARampThatLetsNothingPass) {
  const auto loaded = load_text("retry.json", R"({ "ramp": { "per_second": 0 } })");

  EXPECT_EQ(all_of(loaded.problems),
            "retry.json:1: error: /ramp/per_second: is 0, must be at least 1; write 1\n");
}

TEST(Loader, TakesZeroWhereNoWaitIsMeant) {
  const auto notification =
      load_text("notification.json",
                R"({ "delay": { "not_before": "0s" }, "failure": { "max_body": "0B" } })");
  const auto retry = load_text("retry.json", R"({ "hints": { "margin": "10s" } })");

  EXPECT_EQ(all_of(notification.problems) + all_of(retry.problems), "");
  EXPECT_EQ(notification.settings.notification.failure.max_body_bytes, 0U);
}

TEST(Loader, UsesTheDefaultWhereAValueIsRefusedSoThatMoreCanBeTold) {
  const auto loaded = load_text("retry.json", R"({ "rules": [
    { "name": "a", "retry": [], "lifetime": "1s", "match": { "domain": "x" } } ] })");

  EXPECT_EQ(all_of(loaded.problems),
            "retry.json:2: error: /rules/0/retry: is empty; "
            "write for example [ \"5m\", \"10m\", \"20m\" ]\n"
            "retry.json:2: error: /rules/0/match: does not match everything, as the last rule "
            "must; add a rule with \"match\": {} behind it\n"
            "retry.json:2: warning: /rules/0/lifetime: is 1s, shorter than the first wait of "
            "\"greylist\" (6m): mail that is deferred once fails without a retry; "
            "write a longer lifetime or a shorter wait\n");
}

}  // namespace
}  // namespace greyhound::config
