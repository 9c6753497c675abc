// Authentication: AUTH over an open dialogue with a host whose certificate was verified.
// Source: RFC 4954 section 4.
// Owner: the session; lives for one call. Runs on: the loop of its dialogue.
// Limits: a challenge is at most as long as a line of a reply may be, and no mechanism asks more
// than twice. No fallback to a weaker mechanism: whoever wants the password would ask for that.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/credentials.hpp"
#include "mail/outcome.hpp"
#include "smtp_client/dialogue.hpp"
#include "smtp_client/sasl/sasl.hpp"

namespace greyhound::smtp {

// 5.7.8 of RFC 4954 as we report it, whatever code the server gave its refusal.
inline constexpr mail::EnhancedStatus credentials_refused{
    mail::EnhancedStatus::Class::transient, 7, 8};

class Authentication {
 public:
  struct Parts {
    Dialogue& dialogue;
    const std::vector<mail::LoginMechanism>& offered;
    const mail::Credentials& credentials;
    const std::string& host;          // in reasons
    std::chrono::milliseconds limit;  // of each wait
  };
  explicit Authentication(Parts parts) : parts_(parts) {}

  // None: we are logged in. That we are not is never the recipient's fault, so every other reply is
  // a deferral, a 5yz as well; it stands in the reason, without what it repeats of our secrets.
  Awaitable<std::optional<mail::Outcome>> run();

 private:
  std::string opening(mail::LoginMechanism mechanism);
  Result<std::string> answer(const mail::Reply& reply);
  Awaitable<Result<mail::Reply>> say(std::string line);
  mail::Outcome not_offered() const;
  mail::Outcome refused_by(const mail::Reply& reply) const;
  mail::Outcome broken_off(const std::string& why) const;
  bool is_telltale(const std::string& text) const;

  Parts parts_;
  std::unique_ptr<SaslExchange> exchange_;
  std::optional<std::string> withheld_;  // an initial response that was too long for the command
  std::vector<std::string> secrets_;     // that we have sent, as they went
};

}  // namespace greyhound::smtp
