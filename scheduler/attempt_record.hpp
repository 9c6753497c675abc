// What an attempt leaves behind beside its delivery: its line in the ledger, and what it taught
// about the site. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mail/attempt.hpp"
#include "queue/ledger.hpp"
#include "queue/site_facts.hpp"
#include "queue/store_values.hpp"
#include "scheduler/decision.hpp"

namespace greyhound::scheduler {

// An attempt that was made, as far as the decision does not say.
struct AttemptMade {
  std::vector<std::size_t> tried;  // indices of the delivery's recipients
  mail::AttemptReport report;      // its outcomes belong to `tried`
  Instant started = {};
  std::string site = {};                // its key; empty: none was found
  std::optional<Instant> own_due = {};  // of one that was woken before it
  bool was_greylisted = false;          // as was_greylisted() found
};

// Whether one of the outcomes may be greylisting.
bool was_greylisted(const mail::AttemptReport& report, const mail::ReplyRules& rules);

queue::LedgerLine ledger_line(const AttemptMade& made, const Decision& decision, Instant now);

// Of a delivery that was greylisted before: that its triplet passed, or was refused again. None
// where it was called from another address, which starts the clock anew, or nobody answered.
std::optional<queue::SiteLesson> lesson_of(const AttemptMade& made,
                                           const queue::Delivery& before,
                                           Instant now);

// What the attempt may tell of the keys that the site's greylister uses: mail got through, or was
// greylisted. None where neither happened, or nobody knows where we called from.
std::optional<queue::KeyLesson> key_lesson_of(const AttemptMade& made,
                                              const queue::LoadedDelivery& before,
                                              Instant now);

// What a greylister made of an attempt, and whether that changes what is known of its keys.
struct KeyContact {
  queue::KeyLesson lesson;
  bool is_news = false;
};

}  // namespace greyhound::scheduler
