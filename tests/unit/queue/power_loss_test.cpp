// What is left when the power fails: the disk forgets whatever was not synced, at every moment of a
// scenario and at many of a load from many callers.
// GREYHOUND_TEST_LONG=<number>: so many loads, each from a seed of its own, and more cuts of each.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

#include <gmock/gmock.h>

#include "unit/queue/fault_scenario.hpp"

namespace greyhound::queue {
namespace {

using testing::IsEmpty;
using world::DiskImage;
using world::FaultyDisk;
using world::Survival;

constexpr std::array survivals{Survival::synced_names, Survival::synced_bytes, Survival::torn};
constexpr std::uint64_t first_seed = 20'261'122;

std::uint64_t long_form() {
  const char* number = std::getenv("GREYHOUND_TEST_LONG");
  return number == nullptr ? 0 : std::strtoull(number, nullptr, 10);
}

// What one power failure leaves, and how far the book had got by then.
struct Cut {
  Survival survival;
  DiskImage image;
  PromiseBook::Reach reach;
};

// Takes an image of the disk whenever something happens on it, or of one such moment in `one_in`.
class Cuts {
 public:
  Cuts(FaultyDisk& disk, const PromiseBook& book, std::filesystem::path folder)
      : disk_(disk), book_(book), folder_(std::move(folder)) {
    disk_.on_moment([this] { take(); });
  }

  void sample(std::uint64_t seed, std::uint64_t one_in) {
    const std::lock_guard lock(mutex_);
    chance_.seed(seed);
    one_in_ = one_in;
  }

  void take() {
    const std::lock_guard lock(mutex_);
    ++moments_;
    for (const auto survival : survivals) {
      const auto one_in = survival == Survival::torn ? one_in_ * 3 : one_in_;
      if (one_in > 1 && chance_() % one_in != 0) continue;
      const auto promises = book_.size();  // before the image: those are in it for certain
      auto image = disk_.image(folder_, survival, chance_);
      add({survival, std::move(image), {promises, book_.size()}});
    }
  }

  void stop() {
    disk_.on_moment({});
    const std::lock_guard lock(mutex_);
  }
  const std::vector<Cut>& all() const { return cuts_; }
  std::uint64_t moments() const { return moments_; }

 private:
  // One of the last images again, with more promised: that is the harder question of the two.
  void add(Cut cut) {
    for (const auto last : last_) {
      if (!last || cuts_[*last].image != cut.image) continue;
      cuts_[*last].reach = cut.reach;
      return;
    }
    last_[static_cast<std::size_t>(cut.survival)] = cuts_.size();
    cuts_.push_back(std::move(cut));
  }

  FaultyDisk& disk_;
  const PromiseBook& book_;
  const std::filesystem::path folder_;
  std::mutex mutex_;
  std::mt19937_64 chance_{first_seed};
  std::uint64_t one_in_ = 1;
  std::vector<Cut> cuts_;
  std::array<std::optional<std::size_t>, survivals.size()> last_;
  std::uint64_t moments_ = 0;
};

// One of many who use the store at the same time. Each has domains of its own, so that what is
// known of a site grows by its own lessons alone.
Awaitable<> use_store(PromisedStore* promised, std::uint64_t seed, int rounds) {
  std::mt19937_64 chance(seed);
  const auto domain = [seed](std::uint64_t number) {
    return "d" + std::to_string(number) + ".c" + std::to_string(seed) + ".example";
  };
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::string> domains;
    for (std::uint64_t i = 0; i <= chance() % 3; ++i)
      domains.push_back(domain(i));
    const auto due_at = noon + std::chrono::seconds(chance() % 7200);
    auto message = a_message(promised->store().new_id(), domains, due_at);
    const auto id = message.message.id;
    std::vector<std::string> ahead;
    if (chance() % 2 == 0) {
      message.body.clear();
      for (std::uint64_t i = 0; i <= chance() % 3; ++i)
        ahead.emplace_back(1 + chance() % 12'000, static_cast<char>('a' + i));
    }
    const auto accepted = co_await promised->accept(std::move(message), std::move(ahead));
    if (!accepted) co_return;
    for (std::size_t number = 1; number <= domains.size(); ++number) {
      const DeliveryId delivery{id, static_cast<std::uint16_t>(number)};
      for (std::uint64_t tries = chance() % 3; tries > 0; --tries) {
        auto after = *promised->delivery(delivery);
        ++after.attempts;
        after.due = noon + std::chrono::seconds(chance() % 7200);
        Settlement settlement{.after = after};
        settlement.learned = SiteLesson{.site = "mx." + after.domain, .age = 5min, .at = noon};
        if (tries == 1) {
          auto notice = a_message(id.delay_notice(), {"n." + domain(0)}, due_at);
          notice.message.kind = MessageKind::delay_notice;
          notice.message.about = id;
          settlement.delay_notice = std::move(notice);
        }
        const auto settled = co_await promised->settle(std::move(settlement));
        if (!settled) co_return;
        const auto moved =
            co_await promised->reschedule(delivery, noon + 1s * number, Mover::an_operator);
        if (!moved) co_return;
      }
      if (chance() % 4 == 0) continue;
      auto mark = DotSent{noon, {0}};
      const auto marked = co_await promised->mark_dot_sent(delivery, std::move(mark));
      if (!marked) co_return;
      Settlement settlement{.after = closed(*promised->delivery(delivery))};
      const auto settled = co_await promised->settle(std::move(settlement));
      if (!settled) co_return;
    }
  }
}

class PowerLossTest : public testing::Test {
 protected:
  // Of some cuts also: what is promised by the store that comes up then, until the power fails
  // again.
  void expect_nothing_lost(const Cuts& cuts, const PromiseBook& book) {
    constexpr std::uint64_t between_second_cuts = 8;
    std::uint64_t number = 0;
    for (const auto& cut : cuts.all()) {
      SCOPED_TRACE("cut " + std::to_string(number) + " of " + std::to_string(cuts.all().size()) +
                   ", survival " + std::to_string(static_cast<int>(cut.survival)) + ", promises " +
                   std::to_string(cut.reach.promises));
      const auto settings = fault_settings(folder_.path() / ("cut" + std::to_string(number)));
      cut.image.write_to(settings.folder);
      if (number++ % between_second_cuts == 0) {
        ASSERT_NO_FATAL_FAILURE(cut_again(cut, book));
      }
      ASSERT_THAT(problems_of(settings, book, cut.reach, Outlived::power), IsEmpty());
      std::filesystem::remove_all(settings.folder);
    }
  }

  void cut_again(const Cut& cut, const PromiseBook& book) {
    const auto settings = fault_settings(folder_.path() / "again");
    cut.image.write_to(settings.folder);
    const auto disk = std::make_shared<FaultyDisk>();
    disk->adopt(settings.folder);
    PromiseBook second_book;
    DiskImage image;
    {
      const world::FakeClock clock(noon + 1h);
      auto store = open_rocks_store(settings, OpenMode::read_write, clock, log_, disk);
      ASSERT_TRUE(store) << store.error().what;
      PromisedStore promised(**store, second_book);
      auto message = a_message((*store)->new_id(), {"again.example"}, noon);
      message.body.clear();
      ASSERT_TRUE(run(promised.accept(std::move(message), {"one ", "two"})));
      std::mt19937_64 chance(first_seed);
      image = disk->image(settings.folder, cut.survival, chance);
    }
    std::filesystem::remove_all(settings.folder);
    image.write_to(settings.folder);
    ASSERT_THAT(problems_of(settings, book, cut.reach, Outlived::power), IsEmpty());
    ASSERT_THAT(problems_of(settings, second_book, second_book.whole(), Outlived::power),
                IsEmpty());
    std::filesystem::remove_all(settings.folder);
  }

  struct Load {
    int callers;
    int rounds;
  };
  void run_load(std::uint64_t seed, PromiseBook& book, Load load) {
    world::FakeClock clock;
    auto store = open_rocks_store(settings_, OpenMode::read_write, clock, log_, disk_);
    ASSERT_TRUE(store) << store.error().what;
    PromisedStore promised(**store, book);
    boost::asio::io_context loop;
    TaskGroup tasks(loop.get_executor());
    for (int i = 0; i < load.callers; ++i)
      tasks.spawn("caller", use_store(&promised, seed * 1000 + i, load.rounds));
    loop.run();
  }

  world::TempFolder folder_;
  QueueSettings settings_ = fault_settings(folder_.path() / "queue");
  std::shared_ptr<FaultyDisk> disk_ = std::make_shared<FaultyDisk>();
  PromiseBook book_;
  RecordingLog log_;
};

TEST_F(PowerLossTest, AtAnyMomentOfANewQueueLosesNothingThatWasPromised) {
  Cuts cuts(*disk_, book_, settings_.folder);
  cuts.sample(first_seed, long_form() > 0 ? 1 : 2);
  {
    world::FakeClock clock;
    auto store = open_rocks_store(settings_, OpenMode::read_write, clock, log_, disk_);
    ASSERT_TRUE(store) << store.error().what;
    PromisedStore promised(**store, book_);
    auto message = a_message((*store)->new_id(), {"a.example"}, noon);
    ASSERT_TRUE(run(promised.accept(std::move(message), {})));
    cuts.take();
  }
  cuts.stop();

  EXPECT_GT(cuts.all().size(), 50U);
  expect_nothing_lost(cuts, book_);
}

TEST_F(PowerLossTest, AtAnyMomentOfWhatAStoreIsAskedToDoLosesNothingThatWasPromised) {
  ASSERT_TRUE(make_busy_queue(settings_));
  disk_->adopt(settings_.folder);
  Cuts cuts(*disk_, book_, settings_.folder);
  FaultScenario scenario(settings_, disk_, book_, log_);
  scenario.on_step([&cuts] { cuts.take(); });

  scenario.run();
  cuts.stop();

  EXPECT_TRUE(scenario.works_at_end());
  EXPECT_GT(cuts.all().size(), 100U);
  std::cout << cuts.moments() << " moments, " << cuts.all().size() << " different images\n";
  expect_nothing_lost(cuts, book_);
}

TEST_F(PowerLossTest, AtAnyMomentOfALoadFromManyCallersLosesNothingThatWasPromised) {
  const auto loads = std::max<std::uint64_t>(long_form(), 1);
  for (std::uint64_t load = 0; load < loads; ++load) {
    const auto seed = first_seed + load;
    std::cout << "seed " << seed << "\n";
    settings_ = fault_settings(folder_.path() / ("load" + std::to_string(load)));
    ASSERT_TRUE(make_busy_queue(settings_));
    disk_ = std::make_shared<FaultyDisk>();
    disk_->adopt(settings_.folder);
    PromiseBook book;
    Cuts cuts(*disk_, book, settings_.folder);
    cuts.sample(seed, long_form() > 0 ? 20 : 60);

    run_load(seed, book, {.callers = 40, .rounds = 8});
    cuts.stop();

    std::cout << cuts.moments() << " moments, " << cuts.all().size() << " different images, "
              << book.size() << " attempts and promises\n";
    EXPECT_GT(cuts.all().size(), 20U);
    expect_nothing_lost(cuts, book);
    std::filesystem::remove_all(settings_.folder);
  }
}

}  // namespace
}  // namespace greyhound::queue
