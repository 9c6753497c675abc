#include "scheduler/attempt_record.hpp"

#include <algorithm>

#include "mail/classification.hpp"
#include "scheduler/greylist/mail_keys.hpp"
#include "scheduler/ramp.hpp"

namespace greyhound::scheduler {
namespace {

using mail::Verdict;

queue::LedgerCounts counted(const std::vector<mail::Outcome>& outcomes) {
  const auto count = [&outcomes](Verdict verdict) {
    const auto is_it = [verdict](const auto& outcome) { return outcome.verdict == verdict; };
    return static_cast<std::uint16_t>(std::count_if(outcomes.begin(), outcomes.end(), is_it));
  };
  return {.delivered = count(Verdict::delivered),
          .deferred = count(Verdict::deferred),
          .refused = count(Verdict::refused),
          .unknown = count(Verdict::unknown)};
}

}  // namespace

bool was_greylisted(const mail::AttemptReport& report, const mail::ReplyRules& rules) {
  const auto& outcomes = report.outcomes;
  return std::any_of(outcomes.begin(), outcomes.end(), [&rules](const mail::Outcome& outcome) {
    return may_be_greylisted(outcome, rules);
  });
}

queue::LedgerLine ledger_line(const AttemptMade& made, const Decision& decision, Instant now) {
  const auto& report = made.report;
  const auto& after = decision.after;
  queue::LedgerLine line{.position = {now, after.id}};
  line.started = made.started;
  line.domain = after.domain;
  line.site = made.site;
  line.host = report.host;
  if (report.remote) line.remote = report.remote->to_string();
  if (report.source) line.source = report.source->to_string();
  line.tls = report.tls;
  line.is_counted = !decision.not_tried;
  line.counts = counted(report.outcomes);
  if (decision.steering < report.outcomes.size()) {
    const auto& outcome = report.outcomes[decision.steering];
    line.stage = outcome.stage;
    line.reply = outcome.to_string();
  }
  if (decision.not_tried) line.reply = *decision.not_tried;
  line.attempts = after.attempts;
  if (!after.has_open_recipients() || after.undeliverable_since) return line;
  line.reply_class = after.reply_class;
  line.rule = after.rule;
  line.series = after.series;
  line.step = after.position;
  line.wait = after.wait;
  line.due = after.due;
  return line;
}

std::optional<queue::SiteLesson> lesson_of(const AttemptMade& made,
                                           const queue::Delivery& before,
                                           Instant now) {
  const auto& report = made.report;
  const bool is_same_source = !before.affinity.source || before.affinity.source == report.source;
  if (!before.greylist_anchor || made.site.empty() || report.our_fault || !is_same_source) {
    return std::nullopt;
  }
  const auto lesson = [&](bool passed) {
    queue::SiteLesson learned{.site = made.site,
                              .age = made.started - *before.greylist_anchor,
                              .has_passed = passed,
                              .at = now,
                              .refused = before.greylist.refused,
                              .refused_before = before.greylist.refused_before};
    const bool was_over =
        before.terms.source == queue::WaitSource::stated && made.started >= before.due;
    if (was_over) {
      learned.stated = passed ? queue::StatedWaitFate::kept : queue::StatedWaitFate::broken;
    }
    return learned;
  };
  if (got_anywhere(report)) {
    // It was let in by what others had done, whatever the age of its own contact.
    return made.own_due ? std::nullopt : std::optional(lesson(true));
  }
  // Forgotten, it is a first contact again: that one is always refused.
  if (before.pending_until && *before.pending_until < made.started) return std::nullopt;
  if (made.was_greylisted) return lesson(false);
  return std::nullopt;
}

std::optional<queue::KeyLesson> key_lesson_of(const AttemptMade& made,
                                              const queue::LoadedDelivery& before,
                                              Instant now) {
  const auto& [message, delivery] = before;
  const auto& report = made.report;
  if (made.site.empty() || report.our_fault || !report.source) return std::nullopt;
  const bool passed = got_anywhere(report);
  if (!passed && !made.was_greylisted) return std::nullopt;
  return queue::KeyLesson{
      .site = made.site,
      .keys = keys_of(*report.source, message.reverse_path, delivery, made.tried),
      .has_passed = passed,
      .is_early = !delivery.greylist_anchor || made.own_due,
      .at = now};
}

}  // namespace greyhound::scheduler
