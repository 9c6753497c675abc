#include "smtp_client/connect/dial_order.hpp"

#include <map>

#include <gtest/gtest.h>

#include "smtp_client/dns/ourselves.hpp"

namespace greyhound::smtp {
namespace {

Endpoint at(const char* address, std::uint16_t port = 25) {
  return {*IpAddress::parse(address), port};
}

mail::Site site_of(std::vector<mail::Host> hosts) {
  return {.key = "k", .hosts = std::move(hosts)};
}

mail::Site site_from(std::vector<IpAddress> sources, std::string key = "k") {
  return {.key = std::move(key), .hosts = {}, .sources = std::move(sources)};
}

constexpr SteadyInstant start{std::chrono::hours(1)};

std::vector<mail::Host> order_of(const mail::Site& site,
                                 const mail::Affinity& affinity = {},
                                 std::size_t max_hosts = 10,
                                 const Reachability& reachability = {}) {
  return dial_order(site, affinity, max_hosts, reachability, start);
}

std::vector<std::string> names(const std::vector<mail::Host>& hosts) {
  std::vector<std::string> all;
  for (const auto& host : hosts)
    all.push_back(host.name);
  return all;
}

TEST(DialOrder, KeepsTheOrderOfTheSite) {
  const auto order = order_of(site_of({{"a", {at("192.0.2.1")}}, {"b", {at("192.0.2.2")}}}));

  ASSERT_EQ(order.size(), 2U);
  EXPECT_EQ(order[0].name, "a");
  EXPECT_EQ(order[1].name, "b");
}

TEST(DialOrder, GoesFirstToTheHostThatGreylisted) {
  const mail::Affinity affinity{.source = {}, .host = "c"};
  const auto site =
      site_of({{"a", {at("192.0.2.1")}}, {"b", {at("192.0.2.2")}}, {"c", {at("192.0.2.3")}}});

  const auto order = order_of(site, affinity, 2);

  ASSERT_EQ(order.size(), 2U);
  EXPECT_EQ(order[0].name, "c");
  EXPECT_EQ(order[1].name, "a");
}

TEST(DialOrder, LeavesOneAddressOfEachFamily) {
  const auto site = site_of({{"a", {at("192.0.2.1"), at("192.0.2.2"), at("2001:db8::1")}}});

  const auto order = order_of(site);

  EXPECT_EQ(order[0].endpoints, (std::vector{at("192.0.2.1"), at("2001:db8::1")}));
}

TEST(DialOrder, StartsWithTheFamilyOfThePinnedSource) {
  const mail::Affinity affinity{.source = IpAddress::parse("2001:db8::9"), .host = ""};
  const auto site = site_of({{"a", {at("192.0.2.1"), at("2001:db8::1")}}});

  const auto order = order_of(site, affinity);

  EXPECT_EQ(order[0].endpoints, (std::vector{at("2001:db8::1"), at("192.0.2.1")}));
}

TEST(DialOrder, TriesTwoAddressesOfOneFamilyWhereThereIsNoOther_Line36) {
  const auto site = site_of({{"a", {at("192.0.2.1"), at("192.0.2.2"), at("192.0.2.3")}}});

  EXPECT_EQ(order_of(site)[0].endpoints, (std::vector{at("192.0.2.1"), at("192.0.2.2")}));
}

TEST(DialOrder, LeavesWhatDidNotAnswerForTheEnd) {
  Reachability reachability;
  reachability.note_silence(at("192.0.2.1"), start);
  reachability.note_silence(at("192.0.2.2"), start);
  const auto site = site_of({{"a", {at("192.0.2.1")}},
                             {"b", {at("192.0.2.2"), at("192.0.2.3")}},
                             {"c", {at("192.0.2.4")}}});

  const auto order = order_of(site, {}, 10, reachability);

  EXPECT_EQ(names(order), (std::vector<std::string>{"b", "c", "a"}));
  EXPECT_EQ(order[0].endpoints, (std::vector{at("192.0.2.3"), at("192.0.2.2")}));
}

TEST(DialOrder, GoesFirstToTheHostThatGreylistedEvenIfItDidNotAnswer) {
  Reachability reachability;
  reachability.note_silence(at("192.0.2.2"), start);
  const auto site = site_of({{"a", {at("192.0.2.1")}}, {"b", {at("192.0.2.2")}}});

  const auto order = order_of(site, {.source = {}, .host = "b"}, 10, reachability);

  EXPECT_EQ(names(order), (std::vector<std::string>{"b", "a"}));
}

TEST(DialOrder, StartsWithTheOtherFamilyWhereOneKeepsFailing) {
  Reachability reachability;
  for (const auto* address : {"198.51.100.1", "198.51.100.2", "198.51.100.3"})
    reachability.note_silence(at(address), start);
  const auto site = site_of({{"a", {at("192.0.2.1"), at("2001:db8::1")}}});
  const mail::Affinity pinned{.source = IpAddress::parse("192.0.2.9"), .host = ""};

  EXPECT_EQ(order_of(site, {}, 10, reachability)[0].endpoints.front(), at("2001:db8::1"));
  EXPECT_EQ(order_of(site, pinned, 10, reachability)[0].endpoints.front(), at("192.0.2.1"));
}

TEST(Reachability, ForgetsAFailureInTimeOrByAnAnswer) {
  Reachability reachability;
  reachability.note_silence(at("192.0.2.1"), start);
  reachability.note_silence(at("192.0.2.2"), start);
  reachability.note_answer(at("192.0.2.2"));

  EXPECT_TRUE(reachability.is_dead(at("192.0.2.1"), start));
  EXPECT_FALSE(reachability.is_dead(at("192.0.2.1"), start + Reachability::lifetime));
  EXPECT_FALSE(reachability.is_dead(at("192.0.2.2"), start));
}

TEST(Reachability, TakesAFamilyForIllOnlyWhereTheOtherIsBetter) {
  Reachability reachability;
  for (int i = 0; i < 3; ++i)
    reachability.note_silence(at("192.0.2.1"), start);
  EXPECT_TRUE(reachability.comes_second(true, start));
  EXPECT_FALSE(reachability.comes_second(true, start + Reachability::lifetime));

  for (int i = 0; i < 3; ++i)
    reachability.note_silence(at("2001:db8::1"), start);
  EXPECT_FALSE(reachability.comes_second(true, start));

  reachability.note_answer(at("192.0.2.2"));
  EXPECT_TRUE(reachability.comes_second(false, start));
}

TEST(AddressMemory, ForgetsTheOldestWhereThereAreTooMany) {
  AddressMemory memory(std::chrono::hours(1));
  const auto numbered = [](std::size_t number) {
    const auto low = static_cast<std::uint8_t>(number);
    const auto middle = static_cast<std::uint8_t>(number >> 8);
    return Endpoint{IpAddress::from_v4_bytes({10, 0, middle, low}), 25};
  };

  for (std::size_t i = 0; i <= AddressMemory::max_addresses; ++i)
    memory.remember(numbered(i), start);

  EXPECT_FALSE(memory.has(numbered(0), start));
  EXPECT_TRUE(memory.has(numbered(1), start));
  EXPECT_TRUE(memory.has(numbered(AddressMemory::max_addresses), start));
}

TEST(SourceFor, KeepsThePinnedAddressWhileItIsConfigured) {
  const auto first = *IpAddress::parse("192.0.2.10");
  const auto pinned = *IpAddress::parse("203.0.113.11");
  const mail::Affinity affinity{.source = pinned, .host = ""};

  EXPECT_EQ(source_for(at("198.51.100.1"), affinity, site_from({first, pinned})), pinned);
  EXPECT_EQ(source_for(at("198.51.100.1"), affinity, site_from({first})), first);
  EXPECT_EQ(source_for(at("198.51.100.1"), affinity, site_from({})), pinned);
}

TEST(SourceFor, PrefersANeighbourOfThePinnedAddressThatIsGone) {
  const auto far = *IpAddress::parse("203.0.113.10");
  const auto near = *IpAddress::parse("192.0.2.200");
  const auto near_v6 = *IpAddress::parse("2001:db8::1:0:0:2");
  const auto far_v6 = *IpAddress::parse("2001:db8:0:1::2");
  const mail::Affinity v4{.source = IpAddress::parse("192.0.2.11"), .host = ""};
  const mail::Affinity v6{.source = IpAddress::parse("2001:db8::3"), .host = ""};

  for (const auto* key : {"a", "b", "c", "d", "e", "f"}) {
    const auto site = site_from({far, far_v6, near, near_v6}, key);
    EXPECT_EQ(source_for(at("198.51.100.1"), v4, site), near);
    EXPECT_EQ(source_for(at("2001:db8:9::1"), v6, site), near_v6);
  }
}

TEST(SourceFor, SharesTheSitesAmongThePoolAndMovesFewWhenItChanges) {
  std::vector<IpAddress> pool;
  for (std::uint8_t i = 1; i <= 4; ++i)
    pool.push_back(IpAddress::from_v4_bytes({192, 0, 2, i}));
  auto smaller = pool;
  smaller.pop_back();
  std::map<IpAddress, int> share;
  int moved_in_vain = 0;

  for (int i = 0; i < 1000; ++i) {
    const auto key = "mx" + std::to_string(i) + ".example";
    const auto before = source_for(at("198.51.100.1"), {}, site_from(pool, key));
    const auto after = source_for(at("198.51.100.1"), {}, site_from(smaller, key));
    ++share[*before];
    if (before != pool.back() && before != after) ++moved_in_vain;
  }

  EXPECT_EQ(moved_in_vain, 0);
  for (const auto& [source, sites] : share)
    EXPECT_NEAR(sites, 250, 60) << source.to_string();
}

TEST(SourceFor, LeavesAFamilyWithoutConfiguredAddressToTheSystem) {
  const auto v4 = *IpAddress::parse("192.0.2.10");

  EXPECT_EQ(source_for(at("2001:db8::1"), {}, site_from({v4})), std::nullopt);
  EXPECT_EQ(source_for(at("198.51.100.1"), {}, site_from({v4})), v4);
  EXPECT_EQ(source_for(at("198.51.100.1"), {}, site_from({})), std::nullopt);
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
