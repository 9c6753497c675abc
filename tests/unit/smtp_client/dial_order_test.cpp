#include "smtp_client/dial_order.hpp"

#include <gtest/gtest.h>

#include "smtp_client/ourselves.hpp"

namespace greyhound::smtp {
namespace {

Endpoint at(const char* address, std::uint16_t port = 25) {
  return {*IpAddress::parse(address), port};
}

mail::Site site_of(std::vector<mail::Host> hosts) {
  return {.key = "k", .hosts = std::move(hosts)};
}

TEST(DialOrder, KeepsTheOrderOfTheSite) {
  const auto order =
      dial_order(site_of({{"a", {at("192.0.2.1")}}, {"b", {at("192.0.2.2")}}}), {}, 10);

  ASSERT_EQ(order.size(), 2U);
  EXPECT_EQ(order[0].name, "a");
  EXPECT_EQ(order[1].name, "b");
}

TEST(DialOrder, GoesFirstToTheHostThatGreylisted) {
  const mail::Affinity affinity{.source = {}, .host = "c"};
  const auto site =
      site_of({{"a", {at("192.0.2.1")}}, {"b", {at("192.0.2.2")}}, {"c", {at("192.0.2.3")}}});

  const auto order = dial_order(site, affinity, 2);

  ASSERT_EQ(order.size(), 2U);
  EXPECT_EQ(order[0].name, "c");
  EXPECT_EQ(order[1].name, "a");
}

TEST(DialOrder, LeavesOneAddressOfEachFamily) {
  const auto site = site_of({{"a", {at("192.0.2.1"), at("192.0.2.2"), at("2001:db8::1")}}});

  const auto order = dial_order(site, {}, 10);

  EXPECT_EQ(order[0].endpoints, (std::vector{at("192.0.2.1"), at("2001:db8::1")}));
}

TEST(DialOrder, StartsWithTheFamilyOfThePinnedSource) {
  const mail::Affinity affinity{.source = IpAddress::parse("2001:db8::9"), .host = ""};
  const auto site = site_of({{"a", {at("192.0.2.1"), at("2001:db8::1")}}});

  const auto order = dial_order(site, affinity, 10);

  EXPECT_EQ(order[0].endpoints, (std::vector{at("2001:db8::1"), at("192.0.2.1")}));
}

TEST(DialOrder, TriesTwoAddressesOfOneFamilyWhereThereIsNoOther) {
  const auto site = site_of({{"a", {at("192.0.2.1"), at("192.0.2.2"), at("192.0.2.3")}}});

  EXPECT_EQ(dial_order(site, {}, 10)[0].endpoints, (std::vector{at("192.0.2.1"), at("192.0.2.2")}));
}

TEST(SourceFor, KeepsThePinnedAddressWhileItIsConfigured) {
  const auto first = *IpAddress::parse("192.0.2.10");
  const auto pinned = *IpAddress::parse("192.0.2.11");
  const mail::Affinity affinity{.source = pinned, .host = ""};

  EXPECT_EQ(source_for(at("198.51.100.1"), affinity, {first, pinned}), pinned);
  EXPECT_EQ(source_for(at("198.51.100.1"), affinity, {first}), first);
  EXPECT_EQ(source_for(at("198.51.100.1"), affinity, {}), pinned);
}

TEST(SourceFor, LeavesAFamilyWithoutConfiguredAddressToTheSystem) {
  const auto v4 = *IpAddress::parse("192.0.2.10");

  EXPECT_EQ(source_for(at("2001:db8::1"), {}, {v4}), std::nullopt);
  EXPECT_EQ(source_for(at("198.51.100.1"), {}, {v4}), v4);
  EXPECT_EQ(source_for(at("198.51.100.1"), {}, {}), std::nullopt);
}

std::vector<IpAddress> one_local_address() {
  return {*IpAddress::parse("192.0.2.7")};
}

TEST(Ourselves, KnowsItsNameInAnyCase) {
  const Ourselves ourselves("Mail.Example.org", {}, one_local_address);

  EXPECT_TRUE(ourselves.has_name("mail.example.ORG"));
  EXPECT_FALSE(ourselves.has_name("example.org"));
}

TEST(Ourselves, KnowsAListenerByAddressAndPort) {
  const Ourselves ourselves("h", {at("192.0.2.1", 25)}, one_local_address);

  EXPECT_TRUE(ourselves.listens_at(at("192.0.2.1", 25)));
  EXPECT_FALSE(ourselves.listens_at(at("192.0.2.1", 26)));
  EXPECT_FALSE(ourselves.listens_at(at("192.0.2.7", 25)));
}

TEST(Ourselves, TakesAWildcardListenerForEveryLocalAddress) {
  const Ourselves v4("h", {at("0.0.0.0", 25)}, one_local_address);
  const Ourselves v6("h", {at("::", 25)}, one_local_address);

  EXPECT_TRUE(v4.listens_at(at("192.0.2.7")));
  EXPECT_TRUE(v4.listens_at(at("127.3.2.1")));
  EXPECT_FALSE(v4.listens_at(at("192.0.2.8")));
  EXPECT_FALSE(v4.listens_at(at("::1")));
  EXPECT_TRUE(v6.listens_at(at("::1")));
  EXPECT_TRUE(v6.listens_at(at("192.0.2.7")));
}

TEST(Ourselves, FindsTheLoopbackAddressAmongThoseOfThisMachine) {
  const auto addresses = addresses_of_this_machine();

  EXPECT_NE(std::find(addresses.begin(), addresses.end(), *IpAddress::parse("127.0.0.1")),
            addresses.end());
}

}  // namespace
}  // namespace greyhound::smtp
