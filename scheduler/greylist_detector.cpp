#include "scheduler/greylist_detector.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "mail/address.hpp"

namespace greyhound::scheduler {

using mail::EnhancedStatus;
using mail::ReplyClass;
using mail::Stage;

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

ReplyClass class_without_reply(Stage stage) {
  if (stage == Stage::dns) return ReplyClass::dns_or_auth;
  if (stage == Stage::tls) return ReplyClass::tls;
  return ReplyClass::connection;
}

}  // namespace

Classification classify(const mail::Outcome& outcome) {
  if (!outcome.reply) return {.reply_class = class_without_reply(outcome.stage)};
  const auto& reply = *outcome.reply;
  auto found = class_of_text(mail::lower_case(reply.text()));
  if (found == ReplyClass::unknown && reply.status) found = class_of_status(*reply.status);
  if (found == ReplyClass::unknown && !is_where_greylisters_answer(outcome.stage)) {
    found = ReplyClass::server_busy;
  }
  if (!reply.is_transient() && found == ReplyClass::greylist) found = ReplyClass::policy;
  const bool is_unexplained = found == ReplyClass::unknown && reply.is_transient();
  return {.reply_class = found,
          .may_be_greylisting = found == ReplyClass::greylist || is_unexplained};
}

}  // namespace greyhound::scheduler
