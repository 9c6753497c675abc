// SaslExchange: the client's side of one login as a state machine over the bytes that go to and
// fro; Authentication carries them.
// Source: RFC 4422 section 3; PLAIN RFC 4616; LOGIN as servers speak it: user and password, each
// asked for.
// Owner: Authentication. Runs on: any loop.
// Errors: protocol, for what the server must not say; the exchange is to be cancelled then.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/credentials.hpp"
#include "runtime/result.hpp"

namespace greyhound::smtp {

class SaslExchange {
 public:
  SaslExchange() = default;
  SaslExchange(const SaslExchange&) = delete;
  SaslExchange& operator=(const SaslExchange&) = delete;
  virtual ~SaslExchange() = default;

  virtual std::optional<std::string> initial_response() = 0;  // none: the server speaks first
  virtual Result<std::string> respond(std::string challenge) = 0;

  // All is said, and the server has proved what this mechanism makes it prove: only now may its
  // word that we are logged in be taken.
  virtual bool is_complete() const = 0;
};

// `nonce`: printable, without a comma, never used before.
std::unique_ptr<SaslExchange> make_sasl_exchange(mail::LoginMechanism mechanism,
                                                 const mail::Credentials& credentials,
                                                 std::string nonce);

// The strongest that both sides have.
std::optional<mail::LoginMechanism> strongest_mechanism(
    const std::vector<mail::LoginMechanism>& offered,
    const std::vector<mail::LoginMechanism>& allowed);

}  // namespace greyhound::smtp
