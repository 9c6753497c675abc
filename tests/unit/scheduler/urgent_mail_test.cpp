#include "scheduler/urgent_mail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

queue::DueEntry entry(const std::string& domain, std::uint16_t number) {
  return {.position = {noon, {some_id, number}}, .domain = domain, .is_retry = true};
}

std::uint16_t first(UrgentMail& mail, const std::string& domain, Instant now = noon) {
  const auto found = mail.first_pressing(domain, now);
  return found ? found->position.id.number : 0;
}

TEST(UrgentMail, PressesFromAQuarterOfAnHourBeforeTheDeadlineOn) {
  UrgentMail mail(10);
  mail.add(entry("a.example", 1), noon + 15min);
  mail.add(entry("b.example", 2), noon + 15min + 1us);

  EXPECT_THAT(mail.pressing_domains(noon), ElementsAre("a.example"));
  EXPECT_THAT(mail.pressing_domains(noon + 1s), ElementsAre("a.example", "b.example"));
  EXPECT_EQ(first(mail, "b.example"), 0);
}

TEST(UrgentMail, AMissedDeadlinePressesNoMore) {
  UrgentMail mail(10);
  mail.add(entry("a.example", 1), noon);

  EXPECT_EQ(first(mail, "a.example"), 0);
  EXPECT_THAT(mail.pressing_domains(noon), IsEmpty());
  EXPECT_TRUE(mail.is_empty());
}

TEST(UrgentMail, GivesADomainsEarliestDeadlineFirst) {
  UrgentMail mail(10);
  mail.add(entry("a.example", 1), noon + 3min);
  mail.add(entry("a.example", 2), noon + 1min);
  mail.add(entry("b.example", 3), noon + 2min);

  EXPECT_EQ(first(mail, "a.example"), 2);
  mail.remove(entry("a.example", 2));
  EXPECT_EQ(first(mail, "a.example"), 1);
}

TEST(UrgentMail, KeepsTheNearestDeadlinesIfThereAreTooMany) {
  UrgentMail mail(2);
  mail.add(entry("a.example", 1), noon + 3min);
  mail.add(entry("b.example", 2), noon + 1min);
  mail.add(entry("c.example", 3), noon + 2min);
  mail.add(entry("d.example", 4), noon + 4min);

  EXPECT_THAT(mail.pressing_domains(noon), ElementsAre("b.example", "c.example"));
}

TEST(UrgentMail, KnowsADeliveryOnceAndByItsLatestDeadline) {
  UrgentMail mail(10);
  mail.add(entry("a.example", 1), noon + 3min);
  mail.add(entry("a.example", 1), noon + 1min);
  mail.add(entry("a.example", 2), noon + 2min);
  EXPECT_EQ(first(mail, "a.example"), 1);

  mail.remove(entry("a.example", 1));
  mail.remove(entry("a.example", 1));

  EXPECT_EQ(first(mail, "a.example"), 2);
  mail.clear();
  EXPECT_TRUE(mail.is_empty());
  EXPECT_EQ(first(mail, "a.example"), 0);
}

}  // namespace
}  // namespace greyhound::scheduler
