#include "scheduler/decision.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "mail/classification.hpp"
#include "notify/notice_policy.hpp"
#include "runtime/duration_text.hpp"
#include "runtime/must.hpp"
#include "scheduler/next_due.hpp"
#include "scheduler/notice_terms.hpp"
#include "scheduler/retry_policy.hpp"
#include "scheduler/undeliverable.hpp"

namespace greyhound::scheduler {

using mail::Outcome;
using mail::Verdict;
using queue::Delivery;
using queue::Disposition;

namespace {

// Registered for a delivery whose time is up (RFC 3463 section 3.5).
constexpr mail::EnhancedStatus time_expired{mail::EnhancedStatus::Class::permanent, 4, 7};

Deferral steering_deferral(const std::vector<std::size_t>& tried,
                           const mail::AttemptReport& report,
                           const Delivery& after,
                           const mail::ReplyRules& rules) {
  Deferral chosen;
  for (std::size_t i = 0; i < tried.size(); ++i) {
    if (after.recipients[tried[i]].disposition != Disposition::open) continue;
    const auto& outcome = report.outcomes[i];
    mail::ReplyWords words;
    if (outcome.reply) words = mail::ReplyWords(outcome.reply->lines);
    const auto classification = classify(outcome, words, rules);
    const bool is_better = chosen.outcome == nullptr || (classification.may_be_greylisting &&
                                                         !chosen.classification.may_be_greylisting);
    if (!is_better) continue;
    chosen = {.outcome = &outcome,
              .index = i,
              .words = std::move(words),
              .classification = classification};
  }
  return chosen;
}

RuleFacts rule_facts(const DecisionFacts& facts, std::string_view mx, const Deferral& deferral) {
  const auto& sender = facts.message.reverse_path;
  return {.domain = facts.delivery.domain,
          .sender = sender ? std::string_view(sender->text()) : "",
          .mx = mx,
          .outcome = deferral.outcome,
          .reply_class = deferral.classification.reply_class};
}

void fail_open_recipients(Decision& decision, const DecisionFacts& facts, const std::string& why) {
  for (const auto index : open_recipients(decision.after)) {
    auto& recipient = decision.after.recipients[index];
    recipient.disposition = Disposition::failed;
    Outcome outcome{.verdict = Verdict::refused,
                    .stage = mail::Stage::local,
                    .status = time_expired,
                    .reply = {},
                    .reason = why};
    if (recipient.last) {
      // What the destination said last is quoted as it was; the verdict is ours, but that of a
      // message which may have arrived all the same.
      if (recipient.last->outcome.verdict == Verdict::unknown) outcome.verdict = Verdict::unknown;
      outcome.reply = recipient.last->outcome.reply;
      if (!recipient.last->outcome.reason.empty()) {
        outcome.reason += "; last: " + recipient.last->outcome.reason;
      }
      recipient.last->outcome = std::move(outcome);
    } else {
      recipient.last = {.outcome = std::move(outcome), .host = "", .at = facts.now};
    }
    decision.failed.push_back(index);
  }
}

void apply_in_doubt_policy(Decision& decision, const RetryRule& rule) {
  if (rule.in_doubt_then == InDoubtPolicy::hold) decision.after.is_held = true;
  if (rule.in_doubt_then != InDoubtPolicy::assume_delivered) return;
  for (const auto index : open_recipients(decision.after)) {
    auto& recipient = decision.after.recipients[index];
    if (!recipient.last || recipient.last->outcome.verdict != Verdict::unknown) continue;
    recipient.disposition = Disposition::delivered;
    decision.delivered.push_back(index);
  }
}

// Writes the outcomes into the recipients; true if one of them is in doubt.
bool record_outcomes(Decision& decision,
                     const DecisionFacts& facts,
                     const std::vector<std::size_t>& tried,
                     const mail::AttemptReport& report) {
  bool in_doubt = false;
  for (std::size_t i = 0; i < tried.size(); ++i) {
    auto& recipient = decision.after.recipients[tried[i]];
    const auto& outcome = report.outcomes[i];
    const auto by = report.answerer(i);
    recipient.last = {.outcome = outcome, .host = by.host, .at = facts.now};
    if (outcome.verdict == Verdict::delivered) {
      recipient.disposition = Disposition::delivered;
      decision.delivered.push_back(tried[i]);
      const auto& wish = recipient.recipient.notify;
      const bool is_relayed = wish.is_given && wish.on_success && !by.reports_on;
      if (is_relayed) decision.relayed.push_back(tried[i]);
    } else if (outcome.verdict == Verdict::refused) {
      recipient.disposition = Disposition::failed;
      decision.failed.push_back(tried[i]);
    } else if (outcome.verdict == Verdict::unknown) {
      in_doubt = true;
    }
  }
  return in_doubt;
}

bool wants_delay_notice(const Decision& decision, const DecisionFacts& facts) {
  const auto& delay = notice_terms(facts.notification, facts.message, decision.after).delay;
  const auto& recipients = decision.after.recipients;
  const bool tells_someone =
      std::any_of(recipients.begin(), recipients.end(), [&delay, &facts](const auto& one) {
        return one.disposition == Disposition::open &&
               notify::may_be_told_of_delay(delay, one.recipient.notify, facts.message.is_bulk);
      });
  std::optional<Duration> passes_in;
  if (decision.passes_at) passes_in = *decision.passes_at - facts.now;
  return tells_someone &&
         notify::delay_notice_is_due(delay,
                                     {.has_reverse_path = facts.message.reverse_path.has_value(),
                                      .is_notice = facts.message.kind != queue::MessageKind::mail,
                                      .already_sent = facts.message.delay_notice_at.has_value(),
                                      .retry_number = decision.after.attempts - 1,
                                      .age = facts.now - facts.message.arrived,
                                      .passes_in = passes_in});
}

Decision decide_uncounted(const DecisionFacts& facts, std::string our_fault) {
  Decision decision{.after = facts.delivery, .delivered = {}, .failed = {}};
  decision.not_tried = std::move(our_fault);
  auto& after = decision.after;
  ++after.uncounted;
  after.moved_by = queue::Mover::ourselves;
  after.dot_sent.reset();
  after.due = due_once_more(after, facts.retry.rules.back().retry.front(), facts.now);
  return decision;
}

// What stays open is due again, fails or waits for an operator.
void decide_open(Decision& decision,
                 const DecisionFacts& facts,
                 const std::vector<std::size_t>& tried,
                 const mail::AttemptReport& report) {
  auto& after = decision.after;
  const auto deferral = steering_deferral(tried, report, after, *facts.retry.reply_rules);
  if (deferral.outcome == nullptr) return;  // nothing stays open
  decision.steering = deferral.index;
  after.reply_class = deferral.classification.reply_class;
  if (stays_undeliverable(decision, facts)) return;
  const auto by = report.answerer(deferral.index);
  const auto& rule = choose_rule(facts.retry, rule_facts(facts, by.host, deferral));
  after.rule = rule.name;
  after.expires = facts.message.arrived + lifetime_of(rule, facts.message.reverse_path);
  if (after.is_in_doubt) apply_in_doubt_policy(decision, rule);
  if (!after.has_open_recipients()) return;

  if (!report.our_fault && rule.max_attempts && after.attempts >= *rule.max_attempts) {
    fail_open_recipients(
        decision, facts, "not delivered in " + std::to_string(after.attempts) + " attempts");
    return;
  }
  if (!report.our_fault && facts.now >= after.expires) {
    fail_open_recipients(
        decision, facts, "not delivered within " + to_text(after.expires - facts.message.arrived));
    return;
  }
  schedule(decision, facts, rule, report, deferral);
  decision.wants_delay_notice = wants_delay_notice(decision, facts);
}

Decision decide_counted(const DecisionFacts& facts,
                        const std::vector<std::size_t>& tried,
                        const mail::AttemptReport& report) {
  MUST(report.outcomes.size() == tried.size());
  Decision decision{.after = facts.delivery, .delivered = {}, .failed = {}};
  auto& after = decision.after;
  ++after.attempts;
  after.attempted = facts.now;
  after.moved_by = queue::Mover::nobody;
  after.dot_sent.reset();
  after.is_in_doubt = record_outcomes(decision, facts, tried, report);
  decide_open(decision, facts, tried, report);
  keep_undeliverable(decision, facts);
  return decision;
}

}  // namespace

std::vector<std::size_t> open_recipients(const Delivery& delivery) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < delivery.recipients.size(); ++i) {
    if (delivery.recipients[i].disposition == Disposition::open) open.push_back(i);
  }
  return open;
}

// What a server said of some recipients before the attempt was spoilt stands, so it counts then.
Decision decide(const DecisionFacts& facts,
                const std::vector<std::size_t>& tried,
                const mail::AttemptReport& report) {
  const auto stands = [](const auto& one) { return one.verdict != Verdict::deferred; };
  const bool is_spoilt = std::none_of(report.outcomes.begin(), report.outcomes.end(), stands);
  if (report.our_fault && is_spoilt) return decide_uncounted(facts, *report.our_fault);
  return decide_counted(facts, tried, report);
}

Decision expire(const DecisionFacts& facts) {
  Decision decision{.after = facts.delivery, .delivered = {}, .failed = {}};
  const bool was_kept = facts.delivery.undeliverable_since.has_value();
  fail_open_recipients(
      decision,
      facts,
      "not delivered within " + to_text(facts.delivery.expires - facts.message.arrived));
  if (!was_kept) keep_undeliverable(decision, facts);
  return decision;
}

mail::AttemptReport report_of_lost_attempt(const Delivery& delivery,
                                           const std::vector<std::size_t>& tried) {
  MUST(delivery.dot_sent.has_value());
  constexpr mail::EnhancedStatus bad_connection{mail::EnhancedStatus::Class::transient, 4, 2};
  const auto& marked = delivery.dot_sent->recipients;
  mail::AttemptReport report;
  for (const auto index : tried) {
    const bool is_marked = std::find(marked.begin(), marked.end(), index) != marked.end();
    report.outcomes.push_back(
        {.verdict = is_marked ? Verdict::unknown : Verdict::deferred,
         .stage = is_marked ? mail::Stage::eom : mail::Stage::rcpt,
         .status = bad_connection,
         .reply = {},
         .reason = "we were stopped after the final dot; the reply is not known"});
  }
  return report;
}

}  // namespace greyhound::scheduler
