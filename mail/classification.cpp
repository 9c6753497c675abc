#include "mail/classification.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "mail/address.hpp"

namespace greyhound::mail {
namespace {

struct TextRule {
  std::string_view words;  // lower case, found anywhere in the reply's text
  ReplyClass reply_class;
};

// First match wins: greylisting by name before all, then the reasons that a server states plainly.
constexpr auto text_rules = std::to_array<TextRule>({
    {"greylist", ReplyClass::greylist},
    {"graylist", ReplyClass::greylist},
    {"grey list", ReplyClass::greylist},
    {"gray list", ReplyClass::greylist},
    {"grey-list", ReplyClass::greylist},
    {"gray-list", ReplyClass::greylist},
    {"greywait", ReplyClass::greylist},
    {"over quota", ReplyClass::mailbox_full},
    {"quota exceeded", ReplyClass::mailbox_full},
    {"exceeded storage", ReplyClass::mailbox_full},
    {"mailbox full", ReplyClass::mailbox_full},
    {"mailbox is full", ReplyClass::mailbox_full},
    {"insufficient disk space", ReplyClass::mailbox_full},
    {"too many connections", ReplyClass::rate_limit},
    {"too many concurrent", ReplyClass::rate_limit},
    {"too many messages", ReplyClass::rate_limit},
    {"too much mail", ReplyClass::rate_limit},
    {"rate limit", ReplyClass::rate_limit},
    {"ratelimit", ReplyClass::rate_limit},
    {"rate-limit", ReplyClass::rate_limit},
    {"throttl", ReplyClass::rate_limit},
    {"sending rate", ReplyClass::rate_limit},
    {"blacklist", ReplyClass::policy},
    {"blocklist", ReplyClass::policy},
    {"block list", ReplyClass::policy},
    {"blocked", ReplyClass::policy},
    {"reputation", ReplyClass::policy},
    {"spamhaus", ReplyClass::policy},
    {"dnsbl", ReplyClass::policy},
    {"spf", ReplyClass::dns_or_auth},
    {"dkim", ReplyClass::dns_or_auth},
    {"dmarc", ReplyClass::dns_or_auth},
    {"reverse dns", ReplyClass::dns_or_auth},
    {"domain not found", ReplyClass::dns_or_auth},
    {"cannot find your hostname", ReplyClass::dns_or_auth},
    {"dns ", ReplyClass::dns_or_auth},
    {"server busy", ReplyClass::server_busy},
    {"too busy", ReplyClass::server_busy},
    {"load average", ReplyClass::server_busy},
    {"not accepting", ReplyClass::server_busy},
    {"shutting down", ReplyClass::server_busy},
    {"insufficient system", ReplyClass::server_busy},
    {"message size", ReplyClass::content},
    {"message too large", ReplyClass::content},
    {"virus", ReplyClass::content},
    // What nobody but a greylister would say, if nothing above explains it.
    {"try again in", ReplyClass::greylist},
    {"come back later", ReplyClass::greylist},
});

struct StatusRule {
  std::uint16_t subject;
  std::uint16_t detail;
  ReplyClass reply_class;
};

// What an enhanced code says where the text says nothing. 4.7.x and 4.2.0 are left out: most
// greylisters use them.
constexpr auto status_rules = std::to_array<StatusRule>({
    {2, 2, ReplyClass::mailbox_full},
    {3, 1, ReplyClass::server_busy},
    {3, 2, ReplyClass::server_busy},
    {3, 4, ReplyClass::content},
    {4, 3, ReplyClass::dns_or_auth},
    {4, 5, ReplyClass::server_busy},
    {6, 0, ReplyClass::content},
});

ReplyClass class_of_text(std::string_view text) {
  const auto found =
      std::find_if(text_rules.begin(), text_rules.end(), [text](const TextRule& rule) {
        return text.find(rule.words) != std::string_view::npos;
      });
  return found == text_rules.end() ? ReplyClass::unknown : found->reply_class;
}

ReplyClass class_of_status(const EnhancedStatus& status) {
  const auto fits = [&status](const StatusRule& rule) {
    return rule.subject == status.subject() && rule.detail == status.detail();
  };
  const auto found = std::find_if(status_rules.begin(), status_rules.end(), fits);
  return found == status_rules.end() ? ReplyClass::unknown : found->reply_class;
}

// Greylisters answer to MAIL, RCPT, DATA or the final dot; a greeting that defers is a busy server.
bool is_where_greylisters_answer(Stage stage) {
  return stage == Stage::mail || stage == Stage::rcpt || stage == Stage::data ||
         stage == Stage::eom;
}

// No server answered, or what we know of it speaks against asking: then our status tells why.
ReplyClass class_without_reply(const Outcome& outcome) {
  if (outcome.stage == Stage::dns) return ReplyClass::dns_or_auth;
  if (outcome.stage == Stage::tls) return ReplyClass::tls;
  const bool is_about_login = outcome.stage == Stage::auth && outcome.status.subject() == 7;
  if (is_about_login) return ReplyClass::dns_or_auth;
  if (outcome.verdict == Verdict::refused) return class_of_status(outcome.status);
  return ReplyClass::connection;
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
    {any, 0, 1, 7, Blame::message},  // the sender's address
    {any, 0, 1, 8, Blame::message},
    {Stage::rcpt, 0, 1, any, Blame::recipient},
    {Stage::rcpt, 0, 2, any, Blame::recipient},
    {any, 0, 3, 4, Blame::message},  // too big
    {any, 0, 3, any, Blame::session},
    {any, 0, 4, any, Blame::session},
    {any, 0, 5, 3, Blame::message},  // too many recipients
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

ReplyClass class_of_reply(Stage stage, const Reply& reply) {
  auto found = class_of_text(lower_case(reply.text()));
  if (found == ReplyClass::unknown && reply.status) found = class_of_status(*reply.status);
  if (found == ReplyClass::unknown && !is_where_greylisters_answer(stage)) {
    found = ReplyClass::server_busy;
  }
  const bool is_too_late = found == ReplyClass::greylist && !reply.is_transient();
  return is_too_late ? ReplyClass::policy : found;
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

Classification classify(const Outcome& outcome) {
  if (outcome.verdict == Verdict::delivered) return {};
  const auto& reply = outcome.reply;
  const auto reply_class =
      reply ? class_of_reply(outcome.stage, *reply) : class_without_reply(outcome);
  const bool is_unexplained = reply && reply_class == ReplyClass::unknown && reply->is_transient();
  return {.reply_class = reply_class,
          .may_be_greylisting = reply_class == ReplyClass::greylist || is_unexplained,
          .blame = blame_of(outcome, reply_class)};
}

}  // namespace greyhound::mail
