#include "mail/classification.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace greyhound::mail {
namespace {

// Greylisters answer to MAIL, RCPT, DATA or the final dot; a greeting that defers is a busy server.
bool is_where_greylisters_answer(std::optional<Stage> stage) {
  return stage == Stage::mail || stage == Stage::rcpt || stage == Stage::data ||
         stage == Stage::eom;
}

// No server answered, or what we know of it speaks against asking: then our status tells why.
ReplyClass class_without_reply(const Outcome& outcome, const ReplyRules& rules) {
  if (outcome.stage == Stage::dns) return ReplyClass::dns_or_auth;
  if (outcome.stage == Stage::tls) return ReplyClass::tls;
  const bool is_about_login = outcome.stage == Stage::auth && outcome.status.subject() == 7;
  if (is_about_login) return ReplyClass::dns_or_auth;
  if (outcome.verdict != Verdict::refused) return ReplyClass::connection;
  const auto* rule = rules.find({.status = outcome.status, .words = ReplyWords()});
  return rule == nullptr ? ReplyClass::unknown : rule->reply_class;
}

struct BlameRule {
  std::optional<Stage> stage;  // none: any
  int code;                    // 0: any
  std::optional<std::uint16_t> subject;
  std::optional<std::uint16_t> detail;
  Blame blame;
};

constexpr std::nullopt_t any = std::nullopt;

// First match wins. A class that names the reason has been looked at before.
constexpr auto blame_rules = std::to_array<BlameRule>({
    {Stage::local, 0, any, any, Blame::ourselves},
    {Stage::dns, 0, any, any, Blame::site},
    {Stage::connect, 0, any, any, Blame::session},
    {Stage::greeting, 0, any, any, Blame::session},
    {Stage::ehlo, 0, any, any, Blame::session},
    {Stage::tls, 0, any, any, Blame::session},
    {Stage::auth, 0, 7, any, Blame::ourselves},
    {any, 421, any, any, Blame::session},
    {any, 530, any, any, Blame::ourselves},  // wants authentication
    {any, 535, any, any, Blame::ourselves},
    {any, 0, 1, 8, Blame::message},
    {Stage::rcpt, 0, 1, any, Blame::recipient},
    {Stage::rcpt, 0, 2, any, Blame::recipient},
    {any, 0, 3, 4, Blame::message},  // too big
    {any, 0, 3, any, Blame::session},
    {any, 0, 4, any, Blame::session},
    {any, 0, 5, any, Blame::session},
    {any, 0, 6, any, Blame::message},
    {any, 500, any, any, Blame::session},
    {any, 501, any, any, Blame::session},
    {any, 502, any, any, Blame::session},
    {any, 503, any, any, Blame::session},
    {any, 504, any, any, Blame::session},
    {Stage::mail, 0, any, any, Blame::message},
    {Stage::rcpt, 0, any, any, Blame::recipient},
    {any, 0, any, any, Blame::message},
});

std::optional<Blame> blame_of_class(ReplyClass reply_class) {
  switch (reply_class) {
    case ReplyClass::policy:
    case ReplyClass::rate_limit:
    case ReplyClass::dns_or_auth:
      return Blame::ourselves;
    case ReplyClass::mailbox_full:
      return Blame::recipient;
    case ReplyClass::content:
      return Blame::message;
    case ReplyClass::server_busy:
      return Blame::session;
    default:
      return std::nullopt;
  }
}

Blame blame_of(const Outcome& outcome, ReplyClass reply_class) {
  if (outcome.verdict == Verdict::delivered) return Blame::nobody;
  const bool has_met_server = outcome.stage != Stage::dns && outcome.stage != Stage::local;
  // Codes that name who it is, whatever is said to them.
  const auto& status = outcome.status;
  const bool is_about_sender = status.subject() == 1 && status.detail() == 7;
  const bool is_about_envelope = status.subject() == 5 && status.detail() == 3;
  if (is_about_sender || is_about_envelope) return Blame::message;
  // A connection that was cut says nothing about what was on it.
  if (has_met_server && reply_class == ReplyClass::connection) return Blame::session;
  if (has_met_server && outcome.reply) {
    if (const auto by_class = blame_of_class(reply_class)) return *by_class;
  }
  const int code = outcome.reply ? outcome.reply->code : 0;
  const auto fits = [&outcome, code](const BlameRule& rule) {
    return (!rule.stage || *rule.stage == outcome.stage) && (rule.code == 0 || rule.code == code) &&
           (!rule.subject || *rule.subject == outcome.status.subject()) &&
           (!rule.detail || *rule.detail == outcome.status.detail());
  };
  return std::find_if(blame_rules.begin(), blame_rules.end(), fits)->blame;
}

constexpr std::array<std::pair<Blame, std::string_view>, 6> blame_names{{
    {Blame::nobody, "nobody"},
    {Blame::recipient, "recipient"},
    {Blame::message, "message"},
    {Blame::session, "session"},
    {Blame::site, "site"},
    {Blame::ourselves, "ourselves"},
}};

}  // namespace

std::string_view to_string(Blame blame) {
  for (const auto& [value, name] : blame_names) {
    if (value == blame) return name;
  }
  return "nobody";
}

Classification classify(const ReplyFacts& reply, const ReplyRules& rules) {
  const auto* rule = rules.find(reply);
  if (rule == nullptr) return {};
  const bool is_permanent = reply.code / 100 == 5;
  const bool is_suspected = rule->suspects && is_where_greylisters_answer(reply.stage);
  const bool may_be = rule->reply_class == ReplyClass::greylist || is_suspected;
  return {.reply_class = rule->reply_class,
          .may_be_greylisting = may_be && !is_permanent,
          .rule = rule};
}

Classification classify(const Outcome& outcome, const ReplyRules& rules) {
  if (outcome.verdict == Verdict::delivered) return {};
  return classify(outcome, outcome.reply ? ReplyWords(outcome.reply->lines) : ReplyWords(), rules);
}

Classification classify(const Outcome& outcome, const ReplyWords& words, const ReplyRules& rules) {
  if (outcome.verdict == Verdict::delivered) return {};
  const auto& reply = outcome.reply;
  Classification found;
  if (reply) {
    found = classify(
        ReplyFacts{
            .code = reply->code, .status = reply->status, .stage = outcome.stage, .words = words},
        rules);
  } else {
    found.reply_class = class_without_reply(outcome, rules);
  }
  found.blame = blame_of(outcome, found.reply_class);
  return found;
}

bool may_be_greylisted(const Outcome& outcome, const ReplyRules& rules) {
  return outcome.verdict == Verdict::deferred && classify(outcome, rules).may_be_greylisting;
}

}  // namespace greyhound::mail
