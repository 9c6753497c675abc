#include "mail/reply_class.hpp"

#include <array>
#include <utility>

namespace greyhound::mail {
namespace {

constexpr std::array<std::pair<ReplyClass, std::string_view>, 10> names{{
    {ReplyClass::unknown, "unknown"},
    {ReplyClass::greylist, "greylist"},
    {ReplyClass::rate_limit, "rate_limit"},
    {ReplyClass::mailbox_full, "mailbox_full"},
    {ReplyClass::policy, "policy"},
    {ReplyClass::server_busy, "server_busy"},
    {ReplyClass::dns_or_auth, "dns_or_auth"},
    {ReplyClass::content, "content"},
    {ReplyClass::connection, "connection"},
    {ReplyClass::tls, "tls"},
}};

}  // namespace

std::string_view to_string(ReplyClass reply_class) {
  for (const auto& [value, name] : names) {
    if (value == reply_class) return name;
  }
  return "unknown";
}

std::optional<ReplyClass> parse_reply_class(std::string_view text) {
  for (const auto& [value, name] : names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace greyhound::mail
