#include "mail/outcome.hpp"

namespace greyhound::mail {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::delivered:
      return "delivered";
    case Verdict::deferred:
      return "deferred";
    case Verdict::refused:
      return "refused";
    case Verdict::unknown:
      return "in doubt";
  }
  return "?";
}

std::optional<Stage> stage_named(std::string_view name) {
  for (auto value = static_cast<int>(Stage::dns); value <= static_cast<int>(Stage::auth); ++value) {
    const auto stage = static_cast<Stage>(value);
    if (to_string(stage) == name) return stage;
  }
  return std::nullopt;
}

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::dns:
      return "dns";
    case Stage::connect:
    case Stage::greeting:
      return "connect";
    case Stage::ehlo:
      return "ehlo";
    case Stage::tls:
      return "tls";
    case Stage::mail:
      return "mail";
    case Stage::rcpt:
      return "rcpt";
    case Stage::data:
      return "data";
    case Stage::eom:
      return "eom";
    case Stage::local:
      return "local";
    case Stage::auth:
      return "auth";
  }
  return "?";
}

std::string Outcome::to_string() const {
  return reply ? reply->to_string() : status.to_string() + " " + reason;
}

}  // namespace greyhound::mail
