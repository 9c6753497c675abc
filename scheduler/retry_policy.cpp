#include "scheduler/retry_policy.hpp"

#include <algorithm>

#include "mail/glob.hpp"
#include "runtime/must.hpp"
#include "scheduler/greylist/wait_choice.hpp"

namespace greyhound::scheduler {

using mail::ReplyClass;
using queue::Series;

namespace {

// Of what was said; a rule that does not ask for it costs nothing.
bool matches_said(const RuleMatch& match, const mail::Outcome& outcome) {
  const auto& reply = outcome.reply;
  if (!match.codes.empty()) {
    const auto code = reply ? std::to_string(reply->code) : std::string();
    if (!mail::matches_any(match.codes, code)) return false;
  }
  return match.texts.empty() ||
         mail::matches_any(match.texts, reply ? reply->text() : outcome.reason);
}

bool matches(const RuleMatch& match, const RuleFacts& facts) {
  if (!mail::matches_any(match.domains, facts.domain)) return false;
  if (!mail::matches_any(match.senders, facts.sender)) return false;
  if (!match.needs_reply()) return true;
  if (facts.outcome == nullptr) return false;
  const auto& classes = match.classes;
  if (!classes.empty() &&
      std::find(classes.begin(), classes.end(), facts.reply_class) == classes.end()) {
    return false;
  }
  return mail::matches_any(match.mx, facts.mx) && matches_said(match, *facts.outcome);
}

// Failures that say nothing about greylisting leave a running greylist series alone.
bool says_nothing(ReplyClass reply_class) {
  return reply_class == ReplyClass::connection || reply_class == ReplyClass::tls ||
         reply_class == ReplyClass::dns_or_auth;
}

SeriesStep greylist_step(const RetryRule& rule, std::uint32_t position) {
  return {.series = Series::greylist,
          .position = position,
          .wait = wait_at(rule.greylist, position),
          .starts_greylist = position == 1};
}

}  // namespace

const RetryRule& choose_rule(const RetrySettings& settings, const RuleFacts& facts) {
  const auto found =
      std::find_if(settings.rules.begin(), settings.rules.end(), [&facts](const auto& rule) {
        return matches(rule.match, facts);
      });
  MUST(found != settings.rules.end());  // the loader refuses a last rule that does not match all
  return *found;
}

Duration lifetime_of(const RetryRule& rule, const mail::ReversePath& sender) {
  return sender ? rule.lifetime : rule.lifetime_null_sender;
}

SeriesStep next_step(const RetryRule& rule, const SeriesFacts& facts) {
  const bool is_running = facts.series == Series::greylist && facts.position > 0;
  if (facts.classification.may_be_greylisting) {
    const bool goes_on = is_running && !facts.starts_anew;
    return greylist_step(rule, goes_on ? facts.position + 1 : 1);
  }
  if (is_running && says_nothing(facts.classification.reply_class)) {
    return greylist_step(rule, facts.position + 1);
  }
  return {.series = Series::retry,
          .position = facts.attempts,
          .wait = wait_at(rule.retry, facts.attempts),
          .starts_greylist = false};
}

// splitmix64's finaliser: spreads ids that differ in few bits over the whole range.
double jitter_dice(queue::DeliveryId id, std::uint32_t attempts) {
  std::uint64_t z =
      id.message.value() + 0x9e3779b97f4a7c15ULL * (id.number + 1024ULL * attempts + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  z ^= z >> 31;
  constexpr double two_to_53 = 9007199254740992.0;
  return static_cast<double>(z >> 11) / two_to_53;
}

}  // namespace greyhound::scheduler
