#include "agent/trace_hub.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world/fake_clock.hpp"

namespace greyhound::agent {
namespace {

using mail::TraceKind;
using mail::TraceSubject;
using testing::ElementsAre;
using testing::IsEmpty;

class TraceHubTest : public testing::Test {
 protected:
  void show(const std::string& line) { hub.show(subject, TraceKind::sent, line); }

  static std::vector<std::string> texts(const TraceTaken& taken) {
    std::vector<std::string> all;
    for (const auto& line : taken.lines)
      all.push_back(line.text);
    return all;
  }

  world::FakeClock clock;
  TraceHub hub{clock};
  const TraceSubject subject{.delivery = "7F3K2A-1",
                             .domain = "d.example",
                             .host = "mx1.d.example",
                             .remote = Endpoint{*IpAddress::parse("192.0.2.1"), 25}};
};

TEST_F(TraceHubTest, IsWatchedAsLongAsSomebodyWatches) {
  EXPECT_FALSE(hub.is_watched());

  auto first = hub.watch({.site = "d.example"});
  auto second = hub.watch({.site = "e.example"});
  first.reset();
  EXPECT_TRUE(hub.is_watched());
  second.reset();

  EXPECT_FALSE(hub.is_watched());
  EXPECT_FALSE(hub.wants(subject));
}

TEST_F(TraceHubTest, GivesLinesInTheirOrderWithTheirTime) {
  const auto watch = hub.watch({.site = "d.example"});

  show("EHLO");
  clock.advance(std::chrono::seconds(2));
  hub.show(subject, TraceKind::received, "250 ok");
  const auto taken = watch->take();

  EXPECT_THAT(texts(taken), ElementsAre("EHLO", "250 ok"));
  EXPECT_EQ(taken.lines[0].at, world::FakeClock::noon);
  EXPECT_EQ(taken.lines[1].at, world::FakeClock::noon + std::chrono::seconds(2));
  EXPECT_EQ(taken.lines[1].kind, TraceKind::received);
  EXPECT_THAT(watch->take().lines, IsEmpty());
}

TEST_F(TraceHubTest, ShowsEachWatcherWhatFitsIt) {
  using Filter = TraceFilter;
  const auto of = [](Filter filter) { return filter; };
  const std::vector<Filter> fitting{of({.mail = {{"7F3K2A", true}}}),
                                    of({.mail = {{"X", true}, {"7F3K2A-1", false}}}),
                                    of({.site = "d.example"}),
                                    of({.site = "mx1.d.example"}),
                                    of({.address = IpAddress::parse("192.0.2.1")})};
  const std::vector<Filter> others{of({.mail = {{"7F3K2", true}}}),
                                   of({.mail = {{"7F3K2A-11", false}}}),
                                   of({.mail = {{"7F3K2A", false}}}),
                                   of({.site = "example"}),
                                   of({.site = "mx2.d.example"}),
                                   of({.address = IpAddress::parse("192.0.2.2")}),
                                   of({})};

  for (const auto& filter : fitting)
    EXPECT_TRUE(filter.fits(subject));
  for (const auto& filter : others) {
    EXPECT_FALSE(filter.fits(subject));
    const auto watch = hub.watch(filter);
    show("EHLO");
    EXPECT_FALSE(hub.wants(subject));
    EXPECT_THAT(watch->take().lines, IsEmpty());
  }
}

TEST_F(TraceHubTest, AsksNothingOfWhatHasNoHostYet) {
  const TraceSubject unreached{.delivery = "7F3K2A-1", .domain = "d.example"};

  EXPECT_FALSE((TraceFilter{.mail = {{"Z", true}}}).fits(unreached));
  EXPECT_FALSE((TraceFilter{.address = IpAddress::parse("192.0.2.1")}).fits(unreached));
}

TEST_F(TraceHubTest, KeepsWhatThereIsRoomForAndCountsTheRest) {
  const auto watch = hub.watch({.site = "d.example"});
  const std::string line(1000, 'x');

  for (int i = 0; i < 1000; ++i)
    show(line);
  const auto taken = watch->take();

  EXPECT_GT(taken.lines.size(), 100U);
  EXPECT_LE(taken.lines.size(), TraceHub::max_waiting_bytes / line.size());
  EXPECT_EQ(taken.lines.size() + taken.lost, 1000U);
}

TEST_F(TraceHubTest, LosesNothingMoreOnceTheRestIsTaken) {
  const auto watch = hub.watch({.site = "d.example"});
  for (int i = 0; i < 1000; ++i)
    show(std::string(1000, 'x'));
  watch->take();

  show("EHLO");
  const auto taken = watch->take();

  EXPECT_THAT(texts(taken), ElementsAre("EHLO"));
  EXPECT_EQ(taken.lost, 0U);
}

TEST_F(TraceHubTest, LosesNothingOfASlowWatcherForAnotherOne) {
  const auto slow = hub.watch({.site = "d.example"});
  const auto quick = hub.watch({.site = "d.example"});

  std::size_t seen = 0;
  for (int i = 0; i < 1000; ++i) {
    show(std::string(1000, 'x'));
    seen += quick->take().lines.size();
  }

  EXPECT_EQ(seen, 1000U);
  EXPECT_GT(slow->take().lost, 0U);
}

TEST_F(TraceHubTest, TakesLinesOfSeveralThreadsWhileWatchersComeAndGo) {
  constexpr int threads = 4;
  constexpr int lines = 500;
  const auto watch = hub.watch({.site = "d.example"});

  std::vector<std::thread> attempts;
  for (int i = 0; i < threads; ++i) {
    attempts.emplace_back([this] {
      for (int n = 0; n < lines; ++n) {
        if (hub.is_watched() && hub.wants(subject)) show("x");
      }
    });
  }
  std::size_t seen = 0;
  for (int i = 0; i < 100; ++i) {
    const auto passing = hub.watch({.site = "d.example"});
    const auto taken = watch->take();
    seen += taken.lines.size() + taken.lost;
  }
  for (auto& attempt : attempts)
    attempt.join();
  const auto rest = watch->take();

  EXPECT_EQ(seen + rest.lines.size() + rest.lost, std::size_t{threads * lines});
}

}  // namespace
}  // namespace greyhound::agent
