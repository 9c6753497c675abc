#include "scheduler/rehearsal/history.hpp"

#include <algorithm>
#include <tuple>

#include "mail/classification.hpp"
#include "scheduler/rehearsal/reply_text.hpp"

namespace greyhound::scheduler {
namespace {

// The record writes instants to the second.
constexpr Duration grain = std::chrono::seconds(2);
constexpr std::size_t longest_reply = 500;

mail::Verdict verdict_of(const queue::LedgerLine& line) {
  const auto& counts = line.counts;
  if (counts.deferred > 0) return mail::Verdict::deferred;
  if (counts.unknown > 0 || line.due) return mail::Verdict::unknown;
  return counts.delivered > 0 ? mail::Verdict::delivered : mail::Verdict::refused;
}

Answer answer_of(const mail::Outcome& outcome, const mail::ReplyRules& rules) {
  if (outcome.verdict == mail::Verdict::delivered) return Answer::passed;
  if (outcome.verdict == mail::Verdict::refused) return Answer::failed;
  return may_be_greylisted(outcome, rules) ? Answer::greylisted : Answer::put_off;
}

auto order_of(const RecordedAttempt& attempt) {
  return std::tuple(attempt.started, attempt.number, attempt.ended);
}

// What is on record twice is one attempt.
void put_in_order(std::vector<RecordedAttempt>& attempts) {
  const auto is_before = [](const auto& a, const auto& b) { return order_of(a) < order_of(b); };
  const auto is_same = [](const auto& a, const auto& b) { return order_of(a) == order_of(b); };
  std::sort(attempts.begin(), attempts.end(), is_before);
  attempts.erase(std::unique(attempts.begin(), attempts.end(), is_same), attempts.end());
}

// Of each mail of a site the age at which it was refused last, and that at which it passed.
struct Ages {
  std::vector<Duration> refused;
  std::vector<Duration> passed;
};

// Mail that never passed may have been refused for another reason: where other mail did pass its
// refusals, of which there may be very many, say nothing.
Ages ages_of(const std::vector<RecordedDelivery>& deliveries) {
  Ages ages;
  std::vector<Duration> never_passed;
  for (const auto& delivery : deliveries) {
    const auto anchor = delivery.first().ended;
    const auto* const end = delivery.end();
    const bool has_passed = end != nullptr && end->answer == Answer::passed;
    if (has_passed) ages.passed.push_back(end->started - anchor);
    const auto latest = delivery.latest_refusal() - anchor;
    if (latest > Duration::zero()) (has_passed ? ages.refused : never_passed).push_back(latest);
  }
  if (ages.passed.empty()) ages.refused = std::move(never_passed);
  std::sort(ages.refused.begin(), ages.refused.end());
  std::sort(ages.passed.begin(), ages.passed.end());
  return ages;
}

// The known window that most greylisters have, the longest of several; none lies between: the end.
Duration likely_window(const FittedWindow& bounds, const Greylisters& known) {
  const auto upto = bounds.upto.value_or(bounds.above);
  std::map<Duration, std::size_t> common;
  for (const auto& one : known) {
    if (!one.window || *one.window == Duration::zero()) continue;
    if (*one.window > bounds.above - grain && *one.window <= upto + grain) ++common[*one.window];
  }
  Duration likely = upto;
  std::size_t most = 0;
  for (const auto& [window, count] : common) {
    if (count < most) continue;
    most = count;
    likely = window;
  }
  return likely;
}

// The bounds that the fewest contradict, the latest of several; an end is always a pass.
FittedWindow fit(const Ages& ages, const Greylisters& known) {
  FittedWindow best;
  if (!ages.refused.empty()) best.above = ages.refused.back();
  if (ages.passed.empty()) return best;
  best.contradictions = ages.refused.size() + ages.passed.size() + 1;
  std::size_t below = 0;  // refusals before this pass
  for (std::size_t i = 0; i < ages.passed.size(); ++i) {
    const auto age = ages.passed[i];
    if (i > 0 && age == ages.passed[i - 1]) continue;
    while (below < ages.refused.size() && ages.refused[below] < age)
      ++below;
    const auto contradictions = i + ages.refused.size() - below;
    if (contradictions > best.contradictions) continue;
    best.contradictions = contradictions;
    best.upto = age;
    best.above = below > 0 ? ages.refused[below - 1] : Duration::zero();
    if (i > 0) best.above = std::max(best.above, ages.passed[i - 1]);
  }
  best.fitted = likely_window(best, known);
  return best;
}

}  // namespace

const RecordedAttempt* RecordedDelivery::end() const {
  const auto& last = attempts.back();
  return last.answer == Answer::passed || last.answer == Answer::failed ? &last : nullptr;
}

Instant RecordedDelivery::latest_refusal() const {
  const auto last = std::find_if(attempts.rbegin(), attempts.rend(), [](const auto& attempt) {
    return attempt.answer == Answer::greylisted;
  });
  return last->started;
}

AnswerAt answer_at(const RecordedDelivery& delivery, const FittedWindow& window, Instant at) {
  const auto& attempts = delivery.attempts;
  const auto* const end = delivery.end();
  if (end != nullptr && at >= end->started) return {end->answer, end, true};

  const RecordedAttempt* before = &delivery.first();
  const RecordedAttempt* after = nullptr;
  const RecordedAttempt* words = before;
  const auto latest_refusal = delivery.latest_refusal();
  for (auto i = delivery.first_contact; i < attempts.size() && after == nullptr; ++i) {
    const auto& attempt = attempts[i];
    if (attempt.started > at) {
      after = &attempt;
    } else {
      before = &attempt;
      if (attempt.answer == Answer::greylisted) words = &attempt;
    }
  }
  const bool is_outage =
      before->answer == Answer::put_off &&
      (before->started == at || (after != nullptr && after->answer == Answer::put_off));
  if (is_outage) return {Answer::put_off, before, true};
  if (latest_refusal >= at) return {Answer::greylisted, words, true};

  // What was refused for longer than others has a reason of its own, and waits for its own pass.
  const auto opens = delivery.first().ended + window.fitted;
  const bool is_open = window.upto && at >= opens && latest_refusal < opens;
  if (!is_open) return {Answer::greylisted, words, false};
  return {end != nullptr ? end->answer : Answer::passed, end, false};
}

bool History::add(const queue::LedgerLine& line) {
  // Most mail: taken at once. What was no fault of the other side is no attempt.
  if (!line.is_counted || (line.attempts <= 1 && !line.due)) return true;
  if (size_ >= limit_) return false;
  ++size_;
  auto& kept = deliveries_[line.position.delivery];
  if (kept.domain.empty()) kept.domain = line.domain;
  if (line.attempts <= 1) kept.has_beginning = true;
  kept.attempts.push_back(attempt_of(line));
  return true;
}

RecordedAttempt History::attempt_of(const queue::LedgerLine& line) {
  auto outcome =
      outcome_on_record(line.stage, verdict_of(line), line.reply.substr(0, longest_reply));
  const auto answer = answer_of(outcome, *rules_);
  auto& words = outcomes_[std::to_string(static_cast<int>(outcome.verdict)) +
                          std::string(mail::to_string(line.stage)) + outcome.to_string()];
  if (!words) words = std::make_shared<const mail::Outcome>(std::move(outcome));
  auto& contacted = contacted_[line.site + "\n" + line.host + "\n" + line.source];
  if (!contacted) {
    contacted = std::make_shared<const Contacted>(
        Contacted{line.site, line.host, IpAddress::parse(line.source)});
  }
  return {.number = line.attempts,
          .started = line.started,
          .ended = std::max(line.position.at, line.started),  // a clock may have been set back
          .due = line.due,
          .answer = answer,
          .outcome = words,
          .contacted = contacted};
}

std::vector<RecordedSite> History::sites(const Greylisters& known) const {
  std::map<std::string, std::vector<RecordedDelivery>> by_site;
  Instant until{};
  for (const auto& [id, kept] : deliveries_) {
    for (const auto& attempt : kept.attempts)
      until = std::max(until, attempt.ended);
    if (!kept.has_beginning) continue;
    RecordedDelivery delivery{
        .id = id, .domain = kept.domain, .attempts = kept.attempts, .first_contact = 0};
    put_in_order(delivery.attempts);
    const auto first =
        std::find_if(delivery.attempts.begin(), delivery.attempts.end(), [](const auto& attempt) {
          return attempt.answer == Answer::greylisted;
        });
    if (first == delivery.attempts.end()) continue;
    delivery.first_contact = static_cast<std::size_t>(first - delivery.attempts.begin());
    by_site[first->contacted->site].push_back(std::move(delivery));
  }
  std::vector<RecordedSite> sites;
  for (auto& [name, deliveries] : by_site) {
    const auto window = fit(ages_of(deliveries), known);
    sites.push_back(
        {.name = name, .deliveries = std::move(deliveries), .window = window, .until = until});
  }
  return sites;
}

std::size_t History::headless() const {
  return static_cast<std::size_t>(
      std::count_if(deliveries_.begin(), deliveries_.end(), [](const auto& entry) {
        return !entry.second.has_beginning;
      }));
}

}  // namespace greyhound::scheduler
