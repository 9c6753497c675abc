// Queue records as JSON objects, the same whether the agent or a command with the store open makes
// them. Names are stable; every key is always there, null where it has nothing to say. Instants are
// RFC 3339, durations as in the JSON files.
// `rules`: by which last replies are read.
// Limits: message content never appears; replies come as stored (the reply reader bounded them).
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "mail/reply_rules.hpp"
#include "queue/store.hpp"

namespace greyhound::agent {

using Json = nlohmann::ordered_json;

// Whether an attempt is under way; only the dispatcher knows.
using ActiveCheck = std::function<bool(queue::DeliveryId)>;

// One line of the list: the delivery, and what its message says of all of them.
Json delivery_view(const queue::Message& message,
                   const queue::Delivery& delivery,
                   bool is_active,
                   const mail::ReplyRules& rules);

// The message with its open deliveries.
Json message_view(const queue::LoadedMessage& loaded,
                  const ActiveCheck& is_active,
                  const mail::ReplyRules& rules);

// One line without its end; bytes that are no UTF-8 become U+FFFD.
std::string to_line(const Json& object);

}  // namespace greyhound::agent
