#include "smtp_client/refused_logins.hpp"

#include <gtest/gtest.h>

#include "smtp_client/authentication.hpp"
#include "smtp_client/reply_meaning.hpp"

namespace greyhound::smtp {
namespace {

using mail::Stage;

TEST(RefusedLogins, AreForgottenInTimeOrByALoginThatWorks) {
  const auto site = [] {
    mail::Site made;
    made.credentials = std::make_shared<const mail::Credentials>(
        mail::Credentials{"user", mail::Password("x"), {}});
    return made;
  };
  const auto one = site();
  const auto other = site();
  const mail::AttemptReport refused{
      .outcomes = {deferred(Stage::auth, credentials_refused, "mx: 535 no")}};
  const mail::AttemptReport taken{
      .outcomes = {outcome_of(Stage::eom, mail::make_reply(250, {"2.0.0 ok"}))}};
  const SteadyInstant start{std::chrono::hours(1)};
  RefusedLogins logins;

  logins.note(one, refused, start);
  EXPECT_TRUE(logins.still_refused(one, start));
  EXPECT_FALSE(logins.still_refused(other, start));
  EXPECT_FALSE(logins.still_refused({}, start));
  EXPECT_FALSE(logins.still_refused(one, start + RefusedLogins::lifetime));

  logins.note(one, taken, start);
  EXPECT_FALSE(logins.still_refused(one, start));
}

}  // namespace
}  // namespace greyhound::smtp
