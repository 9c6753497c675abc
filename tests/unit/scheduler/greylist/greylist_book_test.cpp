#include "scheduler/greylist/greylist_book.hpp"

#include <set>

#include <gtest/gtest.h>

#include "unit/scheduler/dispatcher_fixture.hpp"

namespace greyhound::scheduler {
namespace {

// A store that counts how often it is asked for a site, takes its time and cannot read some.
class AskedStore final : public world::MemoryStore {
 public:
  explicit AskedStore(Clock& clock) : MemoryStore(clock), clock_(clock) {}

  Awaitable<Result<queue::SiteFacts>> site(std::string name) override {
    ++asked;
    auto facts = co_await MemoryStore::site(name);
    if (takes > 0s) co_await clock_.sleep(takes);
    if (unreadable.contains(name)) co_return Error{Fault::corrupt, "site " + name};
    co_return facts;
  }

  int asked = 0;
  Duration takes{0};
  std::set<std::string> unreadable;

 private:
  Clock& clock_;
};

class LineLog final : public EventLog {
 public:
  void write(Level level, std::string line) override {
    EXPECT_EQ(level, Level::warning);
    lines.push_back(std::move(line));
  }

  std::vector<std::string> lines;
};

class GreylistBookTest : public testing::Test {
 protected:
  using Site = std::shared_ptr<const KnownSite>;

  Site look_up(const std::string& site) {
    std::optional<Site> found;
    TaskGroup tasks(time_.loop());
    tasks.spawn("look up", keep_in(book_.look_up(site), &found));
    EXPECT_TRUE(time_.run_until([&found] { return found.has_value(); }, 1min));
    return found.value_or(nullptr);
  }

  // As a settlement does: the store has it before the book.
  void learn(const std::string& site, Duration age) {
    const queue::SiteLesson lesson{.site = site, .age = age, .has_passed = true, .at = noon};
    auto message = a_message();
    message.id = store_.new_id();
    auto after = a_delivery(message);
    after.id.message = message.id;
    std::optional<Result<>> accepted;
    std::optional<Result<queue::Settled>> settled;
    TaskGroup tasks(time_.loop());
    queue::NewMessage mail{std::move(message), {after}, {"x"}};
    tasks.spawn("accept", keep_in(store_.accept(std::move(mail)), &accepted));
    EXPECT_TRUE(time_.run_until([&accepted] { return accepted.has_value(); }, 1min));
    queue::Settlement settlement{.after = after};
    settlement.learned = lesson;
    tasks.spawn("settle", keep_in(store_.settle(std::move(settlement)), &settled));
    EXPECT_TRUE(time_.run_until([&settled] { return settled.has_value(); }, 1min));
    book_.learn(lesson);
  }

  world::VirtualTime time_{noon};
  AskedStore store_{time_};
  LineLog log_;
  GreylistBook book_{store_, log_};
};

TEST_F(GreylistBookTest, KnowsNothingButTheNameOfAStranger) {
  const auto site = look_up("mx.example");

  ASSERT_TRUE(site);
  EXPECT_EQ(site->facts().site, "mx.example");
  EXPECT_EQ(site->facts().passes, 0U);
}

TEST_F(GreylistBookTest, ReadsASiteOnceAndLearnsTheRestItself) {
  learn("mx.example", 20min);
  EXPECT_EQ(look_up("mx.example")->facts().earliest_pass, 20min);

  learn("mx.example", 10min);

  EXPECT_EQ(look_up("mx.example")->facts().earliest_pass, 10min);
  EXPECT_EQ(look_up("mx.example")->facts().passes, 2U);
  EXPECT_EQ(store_.asked, 1);
}

TEST_F(GreylistBookTest, KeepsWhatSomebodyHoldsUpToDate) {
  const auto held = look_up("mx.example");

  learn("mx.example", 10min);

  EXPECT_EQ(held->facts().passes, 1U);
}

TEST_F(GreylistBookTest, LearnsOfEachSiteForItself) {
  look_up("mx.example");
  look_up("mx.other.example");

  learn("mx.example", 10min);

  EXPECT_EQ(look_up("mx.other.example")->facts().passes, 0U);
}

TEST_F(GreylistBookTest, GivesTwoWhoAskAtOnceTheSameSite) {
  store_.takes = 1s;
  std::optional<Site> first;
  std::optional<Site> second;
  TaskGroup tasks(time_.loop());
  tasks.spawn("one", keep_in(book_.look_up("mx.example"), &first));
  tasks.spawn("other", keep_in(book_.look_up("mx.example"), &second));

  ASSERT_TRUE(time_.run_until([&] { return first && second; }, 1min));

  EXPECT_EQ(*first, *second);
}

TEST_F(GreylistBookTest, MissesNoLessonThatIsWrittenWhileItReads) {
  store_.takes = 1s;
  std::optional<Site> found;
  TaskGroup tasks(time_.loop());
  tasks.spawn("look up", keep_in(book_.look_up("mx.example"), &found));
  time_.run_for(500ms);

  learn("mx.example", 10min);
  ASSERT_TRUE(time_.run_until([&found] { return found.has_value(); }, 1min));

  EXPECT_EQ((*found)->facts().passes, 1U);
}

TEST_F(GreylistBookTest, TakesWhatCannotBeReadForNothingLearnedAndAsksAgain) {
  store_.unreadable.insert("mx.example");
  EXPECT_EQ(look_up("mx.example"), nullptr);
  ASSERT_EQ(log_.lines.size(), 1U);
  EXPECT_TRUE(log_.lines[0].starts_with("site_unreadable site=mx.example")) << log_.lines[0];

  store_.unreadable.clear();

  EXPECT_NE(look_up("mx.example"), nullptr);
}

TEST_F(GreylistBookTest, BeginsAnewWhenItIsFullAndReadsTheStoreAgain) {
  learn("mx.example", 20min);
  const auto held = look_up("mx.example");
  for (std::size_t i = 1; i <= GreylistBook::most_sites; ++i)
    look_up("mx" + std::to_string(i) + ".example");
  const auto asked = store_.asked;

  const auto again = look_up("mx.example");

  EXPECT_EQ(store_.asked, asked + 1);
  EXPECT_EQ(again->facts().earliest_pass, 20min);
  EXPECT_EQ(held->facts().earliest_pass, 20min);
}

TEST_F(GreylistBookTest, ReadsASiteAgainThatItWasToldToForget) {
  learn("mx.example", 10min);
  look_up("mx.example");
  std::optional<Result<>> forgotten;
  TaskGroup tasks(time_.loop());
  tasks.spawn("forget", keep_in(store_.forget_site("mx.example"), &forgotten));
  time_.run_for(0s);

  book_.forget("mx.example");

  EXPECT_EQ(look_up("mx.example")->facts().passes, 0U);
}

}  // namespace
}  // namespace greyhound::scheduler
