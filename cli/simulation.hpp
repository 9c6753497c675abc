// Simulation: schedules against greylisters, and what is to be said of the outcome. Pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "config/settings.hpp"
#include "scheduler/rehearsal/rehearsal.hpp"

namespace greyhound::cli {

using runtime::Duration;

// One way to send: our own code by some retry.json, or the fixed schedule of another sender.
struct Contender {
  std::string name;
  std::variant<scheduler::RetrySettings, scheduler::FixedSchedule> schedule;
};

// What became of the mails to one receiver.
struct Bout {
  const scheduler::Greylister* receiver;  // of the list handed in
  std::vector<scheduler::RehearsedMail> mails;
};

// Over the last mail to each receiver.
struct Score {
  std::size_t receivers = 0;
  std::size_t never_passed = 0;
  Duration excess_mean = {};  // of those that passed
  Duration excess_median = {};
  Duration accepted_median = {};
  Duration accepted_90 = {};  // nine of ten passed by then
  Duration accepted_last = {};
  double attempts_mean = 0;
  std::size_t delay_notices = 0;
  std::size_t busiest_minute = 0;  // attempts in one, after the first, if all mails came at once
};

// The least of them that `share` of all do not exceed; of none: zero.
Duration quantile(const std::vector<Duration>& sorted, double share);

struct Result {
  std::string name;
  std::vector<Bout> bouts;
  Score score;
};

Result compete(const Contender& contender,
               const notify::NotificationSettings& notification,
               const std::vector<const scheduler::Greylister*>& receivers,
               scheduler::RehearsalTerms terms);

// As the reports write them: "2.5".
std::string minutes(Duration duration);
double seconds(Duration duration);

}  // namespace greyhound::cli
