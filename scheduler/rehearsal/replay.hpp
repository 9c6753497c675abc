// Replay: mail on record once more, by another schedule: from its first contact with the greylister
// on, by the decision code that the agent runs, or by the fixed schedule of another sender. Where
// the record has the answer it is given; in between the window of the site says what it would be.
// Pure: the same arguments give the same result everywhere.
// Limits: the record has no senders: all mail is taken to have one, and one recipient.
#pragma once

#include <cstdint>
#include <vector>

#include "notify/notification_settings.hpp"
#include "scheduler/rehearsal/fixed_schedule_settings.hpp"
#include "scheduler/rehearsal/history.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

struct ReplayedDelivery {
  queue::DeliveryId id;
  Instant first_contact = {};
  bool has_passed = false;
  Duration accepted_after = {};        // the first contact, of one that did
  std::vector<Instant> contacts = {};  // those after the first
  std::uint32_t recorded = 0;          // how many of them the record answered
  bool had_delay_notice = false;

  std::size_t attempts() const { return contacts.size() + 1; }
};

// What mail of the site taught is of use to the mail behind it. Nothing is known before the record.
std::vector<ReplayedDelivery> replay(const RetrySettings& retry,
                                     const notify::NotificationSettings& notification,
                                     const RecordedSite& site);

std::vector<ReplayedDelivery> replay(const FixedSchedule& schedule, const RecordedSite& site);

// As it was. Of notices the record says nothing.
std::vector<ReplayedDelivery> as_recorded(const RecordedSite& site);

}  // namespace greyhound::scheduler
