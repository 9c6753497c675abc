// Outcome: what one attempt came to for one recipient. A value, not an error: anything short of a
// definite final answer is a deferral.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail/enhanced_status.hpp"
#include "mail/reply.hpp"

namespace greyhound::mail {

enum class Verdict : std::uint8_t {  // persisted: never renumber
  delivered = 1,                     // 2yz to the final dot
  deferred = 2,                      // not now: to be tried again
  refused = 3,                       // a definite 5yz, null MX, no such domain: never again
  unknown = 4,                       // cut after the final dot (RFC 1047): in doubt
};

// Where in the dialogue it was decided.
enum class Stage : std::uint8_t {  // persisted: never renumber
  dns = 1,
  connect = 2,
  greeting = 3,
  ehlo = 4,
  tls = 5,
  mail = 6,
  rcpt = 7,
  data = 8,
  eom = 9,     // the final dot
  local = 10,  // decided here: expiry, loop
  auth = 11,   // our login at a relay
};

std::string_view to_string(Verdict verdict);
std::string_view to_string(Stage stage);  // greeting and connect are both "connect" to classify
std::optional<Stage> stage_named(std::string_view name);  // the first with that name

struct Outcome {
  Verdict verdict;
  Stage stage;
  EnhancedStatus status;       // the server's own, or what we say in its place (RFC 3463)
  std::optional<Reply> reply;  // none where no server answered: no code is invented
  std::string reason;          // where there is no reply: "mx1.example: no answer within 30s"

  std::string to_string() const;  // the reply, else status and reason
};

}  // namespace greyhound::mail
