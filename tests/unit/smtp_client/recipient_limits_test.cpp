#include "smtp_client/recipient_limits.hpp"

#include <gtest/gtest.h>

namespace greyhound::smtp {
namespace {

using namespace std::chrono_literals;

const SteadyInstant start{1h};

TEST(RecipientLimits, HoldForTheSiteThatGaveUpAndForAWhile) {
  RecipientLimits limits;

  limits.note("mx.a.example", 3, start);

  EXPECT_EQ(limits.most("mx.a.example", start + 3h), 3U);
  EXPECT_EQ(limits.most("mx.a.example", start + 4h), std::nullopt);
  EXPECT_EQ(limits.most("mx.b.example", start), std::nullopt);
}

TEST(RecipientLimits, AreThoseOfTheLastTime) {
  RecipientLimits limits;
  limits.note("mx.a.example", 3, start);

  limits.note("mx.a.example", 2, start + 1h);

  EXPECT_EQ(limits.most("mx.a.example", start + 4h), 2U);
}

TEST(RecipientLimits, ForgetTheOldestSiteWhenThereAreTooMany) {
  RecipientLimits limits;

  for (std::size_t i = 0; i <= RecipientLimits::most_sites; ++i)
    limits.note(std::to_string(i), 1, start + i * 1us);

  EXPECT_EQ(limits.most("0", start), std::nullopt);
  EXPECT_EQ(limits.most("1", start), 1U);
}

}  // namespace
}  // namespace greyhound::smtp
