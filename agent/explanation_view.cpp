#include "agent/explanation_view.hpp"

#include <nlohmann/json.hpp>

#include "agent/records_view.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::agent {
namespace {

using greyhound::to_text;

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json instant_or_null(const std::optional<Instant>& instant) {
  return instant ? Json(to_text(*instant)) : Json(nullptr);
}

Json duration_or_null(const std::optional<Duration>& duration) {
  return duration ? Json(to_text(*duration)) : Json(nullptr);
}

// The answer that decided.
Json reply_view(const queue::Delivery& delivery, const std::optional<std::size_t>& steering) {
  if (!steering) return nullptr;
  const auto& recipient = delivery.recipients[*steering];
  if (!recipient.last) return nullptr;
  const auto& last = *recipient.last;
  Json view;
  view["recipient"] = recipient.recipient.address.text();
  view["stage"] = mail::to_string(last.outcome.stage);
  view["text"] = last.outcome.to_string();
  view["host"] = text_or_null(last.host);
  view["at"] = to_text(last.at);
  return view;
}

Json hint_view(const std::optional<scheduler::Hint>& hint) {
  if (!hint) return nullptr;
  Json view;
  view["stated"] = to_text(hint->stated);
  view["use"] = scheduler::to_string(hint->use);
  return view;
}

Json sum_view(const std::optional<scheduler::DueSum>& sum) {
  if (!sum) return nullptr;
  const auto& terms = sum->terms;
  Json view;
  view["ended"] = to_text(sum->ended);
  view["ended_us"] = sum->ended.time_since_epoch().count();
  view["source"] = queue::to_string(terms.source);
  view["signature"] = text_or_null(terms.signature);
  view["wait"] = to_text(sum->wait);
  view["margin"] = to_text(terms.margin);
  view["least"] = duration_or_null(terms.least);
  view["most"] = duration_or_null(terms.most);
  view["jitter"] = to_text(sum->jitter);
  view["jitter_dice"] = sum->dice;
  view["jitter_most"] = to_text(terms.jitter_most);
  view["in_doubt_wait"] = duration_or_null(sum->in_doubt_wait);
  view["due"] = to_text(sum->due);
  view["due_us"] = sum->due.time_since_epoch().count();
  return view;
}

Json coming_view(const scheduler::ComingAttempt& coming) {
  Json view;
  view["retry"] = coming.retry;
  view["at"] = to_text(coming.at);
  view["series"] = queue::to_string(coming.series);
  view["position"] = coming.position;
  view["source"] = queue::to_string(coming.source);
  return view;
}

Json end_view(const std::optional<scheduler::CourseEnd>& end) {
  if (!end) return nullptr;
  Json view;
  view["ending"] = scheduler::to_string(end->ending);
  view["at"] = to_text(end->at);
  return view;
}

Json notice_view(const scheduler::DelayNoticeOutlook& outlook) {
  const bool is_to_come = outlook.state == scheduler::DelayNoticeState::will_be_sent;
  Json view;
  view["state"] = scheduler::to_string(outlook.state);
  view["retry"] = is_to_come ? Json(outlook.retry) : Json(nullptr);
  view["at"] = instant_or_null(outlook.at);
  return view;
}

void add_state(Json& view, const queue::Delivery& delivery, bool is_active) {
  const auto& source = delivery.affinity.source;
  view["delivery"] = delivery.id.to_string();
  view["message"] = delivery.id.message.to_string();
  view["domain"] = delivery.domain;
  view["state"] = is_active ? "active" : queue::state_name(delivery);
  view["held"] = delivery.is_held;
  view["in_doubt"] = delivery.is_in_doubt;
  view["attempts"] = delivery.attempts;
  view["uncounted"] = delivery.uncounted;
  view["next"] = to_text(delivery.due);
  view["next_us"] = delivery.due.time_since_epoch().count();
  view["moved_by"] = queue::to_string(delivery.moved_by);
  view["expires"] = to_text(delivery.expires);
  view["rule"] = delivery.rule;
  view["series"] = queue::to_string(delivery.series);
  view["position"] = delivery.position;
  view["class"] = mail::to_string(delivery.reply_class);
  view["greylisted"] = instant_or_null(delivery.greylist_anchor);
  view["pending_until"] = instant_or_null(delivery.pending_until);
  view["source"] = source ? Json(source->to_string()) : Json(nullptr);
  view["host"] = text_or_null(delivery.affinity.host);
}

}  // namespace

Json explanation_view(const Explained& explained) {
  const auto& [delivery, made, site, is_active] = explained;
  Json view;
  add_state(view, delivery, is_active);
  view["reason"] = scheduler::to_string(made.reason);
  view["sum"] = sum_view(made.sum);
  view["reply"] = reply_view(delivery, made.steering);
  view["hint"] = hint_view(made.hint);
  view["signature"] = made.signature;
  view["site"] = site ? site_view(site->site, {.facts = *site}) : Json(nullptr);
  view["disbelieved_until"] = instant_or_null(made.disbelieved_until);
  view["coming"] = Json::array();
  for (const auto& coming : made.coming)
    view["coming"].push_back(coming_view(coming));
  view["end"] = end_view(made.end);
  view["delay_notice"] = notice_view(made.delay_notice);
  return view;
}

}  // namespace greyhound::agent
