#include "notify/notice_policy.hpp"

#include <algorithm>

#include "mail/glob.hpp"

namespace greyhound::notify {

namespace {

bool matches(const NoticeRule& rule, const NoticeSubject& subject) {
  const auto& classes = rule.classes;
  const bool is_class =
      classes.empty() ||
      std::find(classes.begin(), classes.end(), subject.reply_class) != classes.end();
  return is_class && mail::matches_any(rule.senders, subject.sender) &&
         mail::matches_any(rule.domains, subject.domain);
}

}  // namespace

const NoticeTerms& terms_for(const NotificationSettings& settings, const NoticeSubject& subject) {
  for (const auto& rule : settings.rules)
    if (matches(rule, subject)) return rule.terms;
  return settings;
}

bool delay_notice_is_due(const DelaySettings& settings, const DelayCase& facts) {
  if (!settings.is_enabled || facts.already_sent) return false;
  if (!facts.has_reverse_path || facts.is_notice) return false;
  const bool soon_passes = facts.passes_in && *facts.passes_in <= settings.grace;
  if (settings.grace > Duration::zero() && soon_passes) return false;
  return facts.retry_number >= settings.after_retry && facts.age >= settings.not_before;
}

bool may_be_told_of_delay(const DelaySettings& settings, const mail::Notify& notify, bool is_bulk) {
  const bool asked_for_it = notify.is_given && notify.on_delay;
  if (is_bulk && settings.skip_bulk && !asked_for_it) return false;
  return notify.allows_delay();
}

bool is_told_of_failure(const FailureSettings& settings, const mail::Notify& notify) {
  return settings.is_enabled && notify.wants_failure();
}

bool is_told_of_success(const SuccessSettings& settings, const mail::Notify& notify) {
  return settings.is_enabled && notify.is_given && notify.on_success;
}

bool returns_whole_message(const FailureSettings& settings,
                           mail::Return asked,
                           std::uint64_t size_bytes) {
  if (size_bytes > settings.max_body_bytes) return false;
  switch (settings.return_content) {
    case ReturnContent::headers:
      return false;
    case ReturnContent::full:
      return true;
    case ReturnContent::as_requested:
      return asked == mail::Return::full;
  }
  return false;
}

}  // namespace greyhound::notify
