#include "agent/queue_view.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "mail/classification.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::agent {
namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json instant_or_null(const std::optional<Instant>& instant) {
  return instant ? Json(to_text(*instant)) : Json(nullptr);
}

Json sender_view(const mail::ReversePath& path) {
  return path ? Json(path->text()) : Json("");  // empty: the null reverse path
}

std::string_view kind_name(queue::MessageKind kind) {
  switch (kind) {
    case queue::MessageKind::mail:
      return "mail";
    case queue::MessageKind::delay_notice:
      return "delay_notice";
    case queue::MessageKind::failure_notice:
      return "failure_notice";
    case queue::MessageKind::success_notice:
      return "success_notice";
    case queue::MessageKind::postmaster_notice:
      return "postmaster_notice";
  }
  return "mail";
}

std::string_view disposition_name(queue::Disposition disposition) {
  switch (disposition) {
    case queue::Disposition::open:
      return "open";
    case queue::Disposition::delivered:
      return "delivered";
    case queue::Disposition::failed:
      return "failed";
  }
  return "open";
}

Json return_view(mail::Return return_content) {
  switch (return_content) {
    case mail::Return::headers:
      return "hdrs";
    case mail::Return::full:
      return "full";
    case mail::Return::unspecified:
      break;
  }
  return nullptr;
}

Json tls_wish_view(mail::TlsWish wish) {
  switch (wish) {
    case mail::TlsWish::required:
      return "required";
    case mail::TlsWish::not_required:
      return "not_required";
    case mail::TlsWish::as_usual:
      break;
  }
  return nullptr;
}

// As in the NOTIFY parameter of RCPT; null where none was given.
Json notify_view(const mail::Notify& notify) {
  if (!notify.is_given) return nullptr;
  std::string words;
  const auto add = [&words](bool is_wanted, std::string_view word) {
    if (!is_wanted) return;
    if (!words.empty()) words += ',';
    words += word;
  };
  add(notify.on_success, "SUCCESS");
  add(notify.on_failure, "FAILURE");
  add(notify.on_delay, "DELAY");
  return words.empty() ? "NEVER" : words;
}

Json last_view(const std::optional<queue::LastOutcome>& last, const mail::ReplyRules& rules) {
  if (!last) return nullptr;
  const auto& outcome = last->outcome;
  const bool is_in_doubt = outcome.verdict == mail::Verdict::unknown;
  Json view;
  view["verdict"] = is_in_doubt ? "in_doubt" : std::string(mail::to_string(outcome.verdict));
  view["stage"] = mail::to_string(outcome.stage);
  view["code"] = outcome.reply ? Json(outcome.reply->code) : Json(nullptr);
  view["status"] = outcome.status.to_string();
  view["text"] = outcome.to_string();
  view["lines"] = outcome.reply ? Json(outcome.reply->lines) : Json::array();
  view["blame"] = mail::to_string(mail::classify(outcome, rules).blame);
  view["host"] = text_or_null(last->host);
  view["at"] = to_text(last->at);
  return view;
}

Json recipient_view(const queue::DeliveryRecipient& from, const mail::ReplyRules& rules) {
  Json view;
  view["address"] = from.recipient.address.text();
  view["state"] = disposition_name(from.disposition);
  view["notify"] = notify_view(from.recipient.notify);
  view["original"] = text_or_null(from.recipient.original);
  view["last"] = last_view(from.last, rules);
  return view;
}

void add_delivery(Json& view,
                  const queue::Delivery& delivery,
                  bool is_active,
                  const mail::ReplyRules& rules) {
  view["delivery"] = delivery.id.to_string();
  view["message"] = delivery.id.message.to_string();
  view["state"] = is_active ? "active" : queue::state_name(delivery);
  view["domain"] = delivery.domain;
  view["attempts"] = delivery.attempts;
  view["uncounted"] = delivery.uncounted;
  view["attempted"] = instant_or_null(delivery.attempted);
  view["next"] = to_text(delivery.due);
  view["expires"] = to_text(delivery.expires);
  view["rule"] = delivery.rule;
  view["series"] = delivery.series == queue::Series::greylist ? "greylist" : "retry";
  view["position"] = delivery.position;
  view["wait"] = to_text(delivery.wait);
  view["class"] = mail::to_string(delivery.reply_class);
  view["greylisted"] = instant_or_null(delivery.greylist_anchor);
  const auto& source = delivery.affinity.source;
  view["source"] = source ? Json(source->to_string()) : Json(nullptr);
  view["host"] = text_or_null(delivery.affinity.host);
  view["recipients"] = Json::array();
  for (const auto& recipient : delivery.recipients) {
    view["recipients"].push_back(recipient_view(recipient, rules));
  }
}

void add_message(Json& view, const queue::Message& message) {
  view["kind"] = kind_name(message.kind);
  view["about"] = message.about ? Json(message.about->to_string()) : Json(nullptr);
  view["from"] = sender_view(message.reverse_path);
  view["arrived"] = to_text(message.arrived);
  view["client"] = text_or_null(message.client);
  view["size_bytes"] = message.size_bytes;
  view["message_id"] = text_or_null(message.message_id_header);
  view["eight_bit"] = message.is_eight_bit;
  view["smtp_utf8"] = message.is_smtp_utf8;
  view["tls_wish"] = tls_wish_view(message.tls_wish);
  view["bulk"] = message.is_bulk;
  view["delay_notice"] = instant_or_null(message.delay_notice_at);
  view["dsn"]["return"] = return_view(message.return_content);
  view["dsn"]["envelope_id"] = text_or_null(message.envelope_id);
}

}  // namespace

Json delivery_view(const queue::Message& message,
                   const queue::Delivery& delivery,
                   bool is_active,
                   const mail::ReplyRules& rules) {
  Json view;
  add_delivery(view, delivery, is_active, rules);
  add_message(view, message);
  return view;
}

Json message_view(const queue::LoadedMessage& loaded,
                  const ActiveCheck& is_active,
                  const mail::ReplyRules& rules) {
  Json view;
  view["message"] = loaded.message.id.to_string();
  add_message(view, loaded.message);
  view["deliveries_made"] = loaded.message.deliveries;
  view["deliveries_open"] = loaded.message.open_deliveries;
  view["deliveries"] = Json::array();
  for (const auto& delivery : loaded.deliveries) {
    Json one;
    add_delivery(one, delivery, is_active(delivery.id), rules);
    view["deliveries"].push_back(std::move(one));
  }
  return view;
}

std::string to_line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace greyhound::agent
