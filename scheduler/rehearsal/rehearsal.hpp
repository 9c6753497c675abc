// Rehearsal: mail to a greylister in virtual time, by the decision code that the agent runs, or by
// the fixed schedule of another sender. Pure: the same arguments give the same result everywhere.
// Units: ages run from the first contact with the receiver.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "notify/notification_settings.hpp"
#include "scheduler/rehearsal/fixed_schedule_settings.hpp"
#include "scheduler/rehearsal/receiver_model.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

struct RehearsalTerms {
  std::uint32_t mails = 1;               // one after the other, each to a new recipient
  Duration gap = std::chrono::hours(1);  // from the end of one to the arrival of the next
  Texts texts = Texts::as_catalogued;
  Duration first_contact_age = {};  // nobody could be reached before
  std::uint64_t seed = 1;           // of the jitter
  std::uint32_t hosts = 1;          // MX hosts of the receiver, of equal preference
  // The sender and his address are the same each time, and the receiver remembers him.
  bool is_one_sender = false;
};

// What became of one mail.
struct RehearsedMail {
  bool has_passed = false;
  Duration accepted_after = {};  // of one that did
  Duration excess = {};          // beyond the earliest instant that was possible
  std::uint32_t attempts = 0;    // at the receiver, the first and the accepting one included
  bool had_delay_notice = false;
  std::vector<Duration> contacts = {};  // ages of all attempts from the arrival of the mail
};

std::vector<RehearsedMail> rehearse(const RetrySettings& retry,
                                    const notify::NotificationSettings& notification,
                                    const Greylister& greylister,
                                    const RehearsalTerms& terms);

// A site whose greylister is another for each mail, as one that its administrator works on.
std::vector<RehearsedMail> rehearse(const RetrySettings& retry,
                                    const notify::NotificationSettings& notification,
                                    const std::vector<Greylister>& of_each_mail,
                                    const RehearsalTerms& terms);

std::vector<RehearsedMail> rehearse(const FixedSchedule& schedule,
                                    const Greylister& greylister,
                                    const RehearsalTerms& terms);

}  // namespace greyhound::scheduler
