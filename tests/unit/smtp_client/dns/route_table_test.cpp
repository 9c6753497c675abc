#include "smtp_client/dns/route_table.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "mail/glob.hpp"
#include "runtime/random.hpp"

namespace greyhound::smtp {
namespace {

Route to(const std::string& host,
         std::vector<std::string> domains,
         std::vector<std::string> senders = {}) {
  return {
      .domains = std::move(domains), .senders = std::move(senders), .next_hops = {{.host = host}}};
}

std::string hop(const Route* route) {
  return route == nullptr ? "none" : route->next_hops.front().host;
}

TEST(RouteTable, GivesTheFirstThatFitsWhetherItNamesTheDomainOrNot) {
  const std::vector<Route> routes{to("1", {"a.example"}, {"*@x.example"}),
                                  to("2", {"*.example"}, {"*@y.example"}),
                                  to("3", {"A.example", "b.example", "a.example"}),
                                  to("4", {"?.example"}),
                                  to("5", {}, {""})};
  const RouteTable table(routes);

  EXPECT_EQ(hop(table.find("a.example", "u@x.example")), "1");
  EXPECT_EQ(hop(table.find("a.example", "u@y.example")), "2");
  EXPECT_EQ(hop(table.find("A.EXAMPLE", "u@z.example")), "3");
  EXPECT_EQ(hop(table.find("b.example", "")), "3");
  EXPECT_EQ(hop(table.find("c.example", "")), "4");
  EXPECT_EQ(hop(table.find("other.test", "")), "5");
  EXPECT_EQ(hop(table.find("other.test", "u@x.example")), "none");
}

// Against trying each route in its turn.
TEST(RouteTable, FindsWhatALookAtEachRouteFinds) {
  const std::vector<std::string> globs{"a.b", "A.b", "b.a", "*", "*.b", "a.?", "c"};
  const std::vector<std::string> senders{"", "u@a", "*@a", "*"};
  Random random{1};
  const auto some_of = [&random](const std::vector<std::string>& all) {
    std::vector<std::string> some(random.next() % 3);
    for (auto& one : some)
      one = all[random.next() % all.size()];
    return some;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<Route> routes;
    const auto count = random.next() % 8;
    for (std::size_t i = 0; i < count; ++i)
      routes.push_back(to(std::to_string(i), some_of(globs), some_of(senders)));
    const RouteTable table(routes);
    for (const auto* domain : {"a.b", "b.a", "c", "x.b", "A.B"}) {
      for (const auto* sender : {"", "u@a", "u@c"}) {
        const auto first = std::find_if(routes.begin(), routes.end(), [&](const Route& route) {
          return mail::matches_any(route.domains, domain) &&
                 mail::matches_any(route.senders, sender);
        });
        ASSERT_EQ(hop(table.find(domain, sender)), hop(first == routes.end() ? nullptr : &*first))
            << domain << ' ' << sender;
      }
    }
  }
}

}  // namespace
}  // namespace greyhound::smtp
