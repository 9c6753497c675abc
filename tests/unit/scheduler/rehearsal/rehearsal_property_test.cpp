// What holds of any schedule at any receiver, whenever it is reached first.
#include <random>

#include <gtest/gtest.h>

#include "scheduler/greylist/wait_choice.hpp"
#include "scheduler/rehearsal/rehearsal.hpp"
#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

constexpr Duration lifetime = 120h;
constexpr Duration longest_window = 12h;

// Draws what administrators of both sides might write.
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : chance_(seed) {}

  int number(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(chance_);
  }
  bool coin() { return number(0, 1) == 1; }
  std::chrono::seconds seconds(int least, int most) {
    return std::chrono::seconds(number(least, most));
  }

  RetrySettings schedule(int longest_wait = 20'000) {
    auto rule = a_rule();
    rule.lifetime = lifetime;
    rule.jitter_fraction = number(0, 50) / 100.0;
    rule.retry.clear();
    rule.greylist.clear();
    for (int n = number(1, 6); n > 0; --n)
      rule.retry.push_back(seconds(30, 20'000));
    for (int n = number(1, 8); n > 0; --n)
      rule.greylist.push_back(seconds(30, longest_wait));
    auto settings = one_rule(rule);
    settings.learning.is_enabled = coin();
    settings.obeys_signatures = coin();
    settings.hints.obey = coin();
    return settings;
  }

  // One that lets through whoever comes back every 108 minutes for half a day.
  Greylister receiver() {
    static const std::vector<std::string> texts{
        "451 4.7.1 Greylisting in action, please come back in 00:29:59",
        "450 4.2.0 Greylisted for 300 seconds",
        "451 Temporary failure, please try again later",
    };
    static const std::vector<KeyParts> keys{
        {KeyPart::address, KeyPart::sender, KeyPart::recipient},
        {KeyPart::network, KeyPart::sender_domain, KeyPart::recipient},
        {KeyPart::address, KeyPart::sender_domain},
        {KeyPart::network},
    };
    Greylister one{.id = "it", .name = "It", .window = seconds(0, 6000)};
    if (coin()) one.pending = *one.window + seconds(7200, 90'000);
    if (coin()) one.verified = seconds(90'000, 900'000);
    one.is_pending_renewed = coin();
    if (number(0, 3) == 0) one.penalty = EarlyPenalty{.each = seconds(1, 900)};
    if (one.penalty) {
      one.penalty->most = longest_window;
      one.pending.reset();
    }
    if (number(0, 3) == 0) one.third_contact = seconds(0, 600);
    one.is_shared_across_mx = coin();
    one.key = keys[static_cast<std::size_t>(number(0, 3))];
    if (coin()) one.trust = Trust{.passes = static_cast<std::uint32_t>(number(1, 4))};
    if (coin()) one.texts = {texts[static_cast<std::size_t>(number(0, 2))]};
    return one;
  }

  RehearsalTerms terms() {
    return {.mails = static_cast<std::uint32_t>(number(1, 5)),
            .gap = seconds(1, 200'000),
            .texts = coin() ? Texts::as_catalogued : Texts::withheld,
            .first_contact_age = coin() ? Duration(seconds(0, 300'000)) : Duration::zero(),
            .seed = static_cast<std::uint64_t>(number(1, 1000)),
            .hosts = static_cast<std::uint32_t>(number(1, 5)),
            .is_one_sender = coin()};
  }

 private:
  std::mt19937 chance_;
};

// Ages of a mail's contacts with the greylister from the first one on.
std::vector<Duration> greylist_ages(const RehearsedMail& mail) {
  const auto first = mail.contacts.size() - mail.attempts;
  std::vector<Duration> ages;
  for (auto i = first; i < mail.contacts.size(); ++i)
    ages.push_back(mail.contacts[i] - mail.contacts[first]);
  return ages;
}

Duration series_age(const RetryRule& rule, std::size_t retries) {
  Duration age{};
  for (std::uint32_t i = 1; i <= retries; ++i)
    age += std::min(wait_at(rule.greylist, i), longest_greylist_gap);
  return age;
}

TEST(RehearsalProperty, MailPassesWhereverItCanAndEveryWaitKeepsItsBounds) {
  constexpr std::uint32_t seed = 41;
  SCOPED_TRACE(seed);
  Draw draw(seed);
  for (int i = 0; i < 1500; ++i) {
    const auto settings = draw.schedule();
    const auto& rule = settings.rules.front();
    const auto receiver = draw.receiver();
    const auto terms = draw.terms();

    const bool is_told = settings.hints.obey && terms.texts == Texts::as_catalogued;
    Duration longest = receiver.penalty ? settings.hints.max + 1min : shortest_pending_time;
    for (const auto& mail : rehearse(settings, {}, receiver, terms)) {
      ASSERT_TRUE(mail.has_passed) << i;
      ASSERT_GE(mail.excess, 0s) << i;
      ASSERT_LE(mail.contacts.back(), lifetime) << i;
      const auto ages = greylist_ages(mail);
      for (std::size_t k = 1; k < ages.size(); ++k) {
        // No gap that a greylister forgets over, but where it states a longer one or let somebody
        // through so late; and, where no wait is stated, no knock before that of the series before
        // it: what may come early, and be punished for it, is one.
        ASSERT_GT(ages[k], ages[k - 1]) << i;
        ASSERT_LT(ages[k] - ages[k - 1], longest) << i;
        const auto least = is_told ? Duration::zero() : series_age(rule, k - 1);
        ASSERT_GE(ages[k], least) << i << ", retry " << k;
      }
      longest = std::max(longest, mail.accepted_after + 10s);
    }
  }
}

// As it was drawn but to the letter of the series.
TEST(RehearsalProperty, WithoutAdaptingEveryWaitIsThatOfTheSeriesAndItsJitter) {
  constexpr std::uint32_t seed = 42;
  SCOPED_TRACE(seed);
  Draw draw(seed);
  for (int i = 0; i < 500; ++i) {
    auto settings = draw.schedule(4800);  // and half of it, within two hours
    auto& rule = settings.rules.front();
    rule.adapt = false;
    const auto receiver = draw.receiver();

    for (const auto& mail : rehearse(settings, {}, receiver, draw.terms())) {
      ASSERT_LE(mail.contacts.back(), lifetime) << i;
      const auto ages = greylist_ages(mail);
      for (std::size_t k = 1; k < ages.size(); ++k) {
        const bool is_last = mail.contacts.back() == lifetime && k + 1 == ages.size();
        const auto wait = wait_at(rule.greylist, static_cast<std::uint32_t>(k));
        const auto gap = ages[k] - ages[k - 1];
        if (!is_last) {
          ASSERT_GE(gap, wait) << i;
        }
        ASSERT_LE(gap, wait + series_jitter(rule, wait)) << i;
      }
    }
  }
}

}  // namespace
}  // namespace greyhound::scheduler
