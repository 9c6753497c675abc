// Why a destination deferred, in the words that retry.json may match and the CLI prints.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace greyhound::mail {

enum class ReplyClass : std::uint8_t {  // persisted: never renumber
  unknown = 0,
  greylist = 1,
  rate_limit = 2,
  mailbox_full = 3,
  policy = 4,
  server_busy = 5,
  dns_or_auth = 6,
  content = 7,
  connection = 8,
  tls = 9,
};

std::string_view to_string(ReplyClass reply_class);
std::optional<ReplyClass> parse_reply_class(std::string_view text);

}  // namespace greyhound::mail
