#include "agent/records_view.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

#include "runtime/duration_text.hpp"

namespace greyhound::agent {
namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json instant_or_null(const std::optional<Instant>& instant) {
  return instant ? Json(greyhound::to_text(*instant)) : Json(nullptr);
}

// What was measured is written to the millisecond.
std::string duration_text(Duration duration) {
  return greyhound::to_text(Duration(std::chrono::floor<std::chrono::milliseconds>(duration)));
}

Json duration_or_null(const std::optional<Duration>& duration) {
  return duration ? Json(duration_text(*duration)) : Json(nullptr);
}

// Of mail that came with a key of which other mail had got through.
Json keys_view(const queue::Keying& keying) {
  Json view;
  for (const auto kind : queue::all_key_kinds) {
    const auto& finding = keying.of(kind);
    view[std::string(to_string(kind))] = {{"taken", finding.taken},
                                          {"refused", instant_or_null(finding.refused)}};
  }
  return view;
}

}  // namespace

Json ledger_view(const queue::LedgerLine& line) {
  Json view;
  view["at"] = greyhound::to_text(line.position.at);
  view["delivery"] = line.position.delivery.to_string();
  view["message"] = line.position.delivery.message.to_string();
  view["domain"] = line.domain;
  view["started"] = greyhound::to_text(line.started);
  view["took"] = duration_text(std::max(line.position.at - line.started, Duration()));
  view["site"] = text_or_null(line.site);
  view["host"] = text_or_null(line.host);
  view["remote"] = text_or_null(line.remote);
  view["source"] = text_or_null(line.source);
  view["tls"] = text_or_null(line.tls);
  view["counted"] = line.is_counted;
  view["delivered"] = line.counts.delivered;
  view["deferred"] = line.counts.deferred;
  view["refused"] = line.counts.refused;
  view["in_doubt"] = line.counts.unknown;
  view["stage"] = mail::to_string(line.stage);
  view["reply"] = line.reply;
  view["class"] = mail::to_string(line.reply_class);
  view["attempts"] = line.attempts;
  view["rule"] = text_or_null(line.rule);
  view["series"] = queue::to_string(line.series);
  view["step"] = line.step;
  view["wait"] = duration_text(line.wait);
  view["next"] = instant_or_null(line.due);
  return view;
}

Json site_view(const std::string& name, const SiteKnown& known) {
  const auto& facts = known.facts;
  const bool has_learned = facts.changed != Instant();
  Json view;
  view["site"] = name;
  view["passes"] = facts.passes;
  view["refusals"] = facts.refusals;
  view["earliest_pass"] = duration_or_null(facts.earliest_pass);
  view["latest_refusal"] = duration_or_null(facts.latest_refusal);
  view["changed"] = has_learned ? Json(greyhound::to_text(facts.changed)) : Json(nullptr);
  view["keys"] = keys_view(facts.keying);
  const auto& standing = known.standing;
  view["at_once"] = standing ? Json(standing->at_once) : Json(nullptr);
  view["running"] = standing ? Json(standing->running) : Json(nullptr);
  view["waiting"] = standing ? Json(standing->waiting) : Json(nullptr);
  view["dead_since"] = instant_or_null(standing ? standing->dead_since : std::nullopt);
  view["next_probe"] = instant_or_null(standing ? standing->next_probe : std::nullopt);
  view["suspended_since"] = instant_or_null(known.suspended_since);
  return view;
}

Json quarantined_view(const queue::Quarantined& quarantined) {
  Json view;
  view["delivery"] = quarantined.id.to_string();
  view["message"] = quarantined.id.message.to_string();
  view["state"] = "quarantined";
  view["at"] = greyhound::to_text(quarantined.at);
  view["why"] = quarantined.why;
  return view;
}

std::string to_text(const queue::LedgerPosition& position) {
  return std::to_string(position.at.time_since_epoch().count()) + "." +
         position.delivery.to_string();
}

std::optional<queue::LedgerPosition> parse_ledger_position(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  std::int64_t since = 0;
  const std::string number(text.substr(0, dot));
  const auto* const end = number.data() + number.size();
  const auto [stopped, error] = std::from_chars(number.data(), end, since);
  const auto delivery = queue::DeliveryId::parse(text.substr(dot + 1));
  if (error != std::errc{} || stopped != end || !delivery) return std::nullopt;
  return queue::LedgerPosition{Instant(Duration(since)), *delivery};
}

}  // namespace greyhound::agent
