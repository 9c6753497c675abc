#include "scheduler/explanation.hpp"

#include <algorithm>
#include <array>

#include "mail/classification.hpp"
#include "notify/notice_policy.hpp"
#include "scheduler/greylist/greylist_reply.hpp"
#include "scheduler/greylist/wait_choice.hpp"
#include "scheduler/next_due.hpp"
#include "scheduler/notice_terms.hpp"
#include "scheduler/retry_policy.hpp"

namespace greyhound::scheduler {

using queue::Delivery;

namespace {

// What the settings say now of the rule that chose the due; null: they have no such rule any more.
const RetryRule* rule_of(const Delivery& delivery, const RetrySettings& settings) {
  const auto& rules = settings.rules;
  const auto found = std::find_if(rules.begin(), rules.end(), [&delivery](const RetryRule& rule) {
    return rule.name == delivery.rule;
  });
  return found == rules.end() ? nullptr : &*found;
}

std::optional<DueSum> sum_of(const Delivery& delivery, const RetrySettings& settings) {
  if (!delivery.attempted) return std::nullopt;
  const auto* rule = rule_of(delivery, settings);
  const auto in_doubt_wait = rule != nullptr ? rule->in_doubt_wait : Duration::zero();
  DueSum sum{.ended = *delivery.attempted, .wait = delivery.wait, .terms = delivery.terms};
  sum.dice = jitter_dice(delivery.id, delivery.attempts);
  sum.jitter = total_wait(sum.wait, sum.terms, sum.dice) - total_wait(sum.wait, sum.terms, 0);
  if (delivery.is_in_doubt) sum.in_doubt_wait = in_doubt_wait;
  sum.due = due_by_terms(delivery, in_doubt_wait);
  return sum;
}

// Every recipient that is still open hears again what it heard last.
std::optional<mail::AttemptReport> same_again(const Delivery& delivery,
                                              const std::vector<std::size_t>& open) {
  mail::AttemptReport report;
  report.source = delivery.affinity.source;
  for (const auto index : open) {
    const auto& last = delivery.recipients[index].last;
    if (!last) return std::nullopt;
    report.elsewhere[report.outcomes.size()] = {.host = last->host, .reports_on = false};
    report.outcomes.push_back(last->outcome);
  }
  return report;
}

struct Course {
  std::vector<ComingAttempt> attempts;  // the first few
  std::optional<ComingAttempt> notice;  // that brings the delay notice by failing
  std::optional<CourseEnd> end;
  std::optional<std::size_t> steering;  // the recipient that decides, in the first of them
};

std::optional<Ending> ending_of(const Decision& decision, Instant now) {
  const auto& after = decision.after;
  if (after.is_held) return Ending::held;
  if (after.undeliverable_since) return Ending::undeliverable;
  if (after.has_open_recipients()) return std::nullopt;
  if (decision.failed.empty()) return Ending::assumed_delivered;
  return now >= after.expires ? Ending::expired : Ending::too_many_attempts;
}

Course follow(const ExplanationFacts& facts) {
  Course course;
  const KnownSite site(facts.site != nullptr ? *facts.site : queue::SiteFacts{});
  auto delivery = facts.delivery;
  for (std::size_t made = 0; made < Explanation::most_followed && !course.end; ++made) {
    const auto at = std::max(delivery.due, facts.now);
    const ComingAttempt coming{.retry = delivery.attempts,
                               .at = at,
                               .series = delivery.series,
                               .position = delivery.position,
                               .source = delivery.terms.source};
    if (made < Explanation::most_shown) course.attempts.push_back(coming);
    const auto open = open_recipients(delivery);
    const auto report = same_again(delivery, open);
    if (!report) return course;
    const auto decision = decide({.message = facts.message,
                                  .delivery = delivery,
                                  .retry = facts.retry,
                                  .notification = facts.notification,
                                  .now = at,
                                  .started = at,
                                  .site = &site},
                                 open,
                                 *report);
    if (made == 0) course.steering = open[decision.steering];
    if (decision.wants_delay_notice && !course.notice) course.notice = coming;
    if (const auto ending = ending_of(decision, at)) course.end = {.ending = *ending, .at = at};
    delivery = decision.after;
  }
  return course;
}

// Why there is none, whatever becomes of the delivery.
std::optional<DelayNoticeState> ruled_out(const ExplanationFacts& facts) {
  const auto& message = facts.message;
  const auto& delay = notice_terms(facts.notification, message, facts.delivery).delay;
  if (!delay.is_enabled) return DelayNoticeState::turned_off;
  if (message.kind != queue::MessageKind::mail) return DelayNoticeState::of_a_notice;
  if (!message.reverse_path) return DelayNoticeState::null_sender;
  const auto tells_someone = [&](bool is_bulk) {
    const auto open = open_recipients(facts.delivery);
    return std::any_of(open.begin(), open.end(), [&](std::size_t index) {
      const auto& recipient = facts.delivery.recipients[index].recipient;
      return notify::may_be_told_of_delay(delay, recipient.notify, is_bulk);
    });
  };
  if (tells_someone(message.is_bulk)) return std::nullopt;
  return tells_someone(false) ? DelayNoticeState::bulk : DelayNoticeState::unwanted;
}

DelayNoticeOutlook outlook(const ExplanationFacts& facts, const Course& course) {
  if (const auto& sent = facts.message.delay_notice_at) {
    return {.state = DelayNoticeState::sent, .at = sent};
  }
  if (const auto state = ruled_out(facts)) return {.state = *state};
  DelayNoticeOutlook made{.state = DelayNoticeState::will_be_sent};
  if (course.notice) {
    made.retry = course.notice->retry;
    made.at = course.notice->at;
  } else if (course.end) {
    made.state = DelayNoticeState::ends_before;
  } else {
    const auto& delay = notice_terms(facts.notification, facts.message, facts.delivery).delay;
    made.retry = std::max(delay.after_retry, facts.delivery.attempts);
  }
  return made;
}

// What the reply that decided says of the greylister's window.
void read_reply(Explanation& made, const ExplanationFacts& facts) {
  if (!made.steering || !made.sum) return;
  const auto& last = facts.delivery.recipients[*made.steering].last;
  if (!last) return;
  const auto& outcome = last->outcome;
  if (!outcome.reply) return;
  const mail::ReplyWords words(outcome.reply->lines);
  if (!classify(outcome, words, *facts.retry.reply_rules).may_be_greylisting) return;
  const auto reply = read_greylist_reply(outcome, words, *facts.retry.catalogue, made.sum->ended);
  for (const auto* one : reply.signature)
    made.signature.push_back(one->id);
  if (!reply.stated) return;
  const auto* rule = rule_of(facts.delivery, facts.retry);
  const bool is_heard = facts.retry.hints.obey && (rule == nullptr || rule->adapt);
  auto use = is_heard ? HintUse::did_not_come_true : HintUse::turned_off;
  if (is_heard && made.disbelieved_until) use = HintUse::disbelieved;
  if (made.sum->terms.source == queue::WaitSource::stated) use = HintUse::obeyed;
  made.hint = Hint{.stated = *reply.stated, .use = use};
}

}  // namespace

Explanation explain(const ExplanationFacts& facts) {
  const auto& delivery = facts.delivery;
  Explanation made{.sum = sum_of(delivery, facts.retry)};
  const bool was_tried = made.sum || delivery.uncounted > 0;
  if (made.sum && made.sum->due == delivery.due) {
    made.reason = DueReason::terms;
  } else if (was_tried) {
    made.reason = DueReason::moved;
  }
  if (facts.site != nullptr && !KnownSite(*facts.site).believes_stated(facts.now)) {
    made.disbelieved_until = facts.site->stated_ignored;
  }
  auto course = follow(facts);
  made.steering = course.steering;
  read_reply(made, facts);
  if (delivery.is_held || delivery.undeliverable_since) course = {};
  made.delay_notice = outlook(facts, course);
  made.coming = std::move(course.attempts);
  made.end = course.end;
  return made;
}

std::string_view to_string(DueReason reason) {
  constexpr std::array<std::string_view, 3> names{"first_attempt", "terms", "moved"};
  return names.at(static_cast<std::size_t>(reason));
}

std::string_view to_string(HintUse use) {
  constexpr std::array<std::string_view, 4> names{
      "obeyed", "turned_off", "disbelieved", "did_not_come_true"};
  return names.at(static_cast<std::size_t>(use));
}

std::string_view to_string(Ending ending) {
  constexpr std::array<std::string_view, 5> names{
      "expired", "too_many_attempts", "held", "assumed_delivered", "undeliverable"};
  return names.at(static_cast<std::size_t>(ending));
}

std::string_view to_string(DelayNoticeState state) {
  constexpr std::array<std::string_view, 8> names{"sent",
                                                  "turned_off",
                                                  "null_sender",
                                                  "of_a_notice",
                                                  "bulk",
                                                  "unwanted",
                                                  "will_be_sent",
                                                  "ends_before"};
  return names.at(static_cast<std::size_t>(state));
}

}  // namespace greyhound::scheduler
