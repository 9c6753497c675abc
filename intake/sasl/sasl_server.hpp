// SaslServer: the server's side of one login as a state machine over the bytes that a client sends
// and is sent; Base64, and the "*" that cancels, are the session's.
// Source: RFC 4422 section 3, RFC 4954 section 4; PLAIN RFC 4616; LOGIN as clients speak it: asked
// for user and password, either of which may come unasked as the initial response.
// Owner: the session. Runs on: its loop; takes microseconds.
// Limits: max_response_bytes, PasswordFile::max_user_bytes, max_password_bytes.
// Errors: a SaslRefusal ends the exchange; nothing that comes behind an end is looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "intake/sasl/password_file.hpp"
#include "intake/sasl/scram_keys.hpp"
#include "mail/credentials.hpp"

namespace greyhound::intake {

struct SaslChallenge {
  std::string text;  // the client has to answer it
};
struct LoggedIn {
  std::string user;
};
struct SaslRefusal {
  enum class Kind : std::uint8_t {
    malformed,  // not what the mechanism has the client say: 501 5.5.2
    denied,     // well said, and not enough to log in: 535 5.7.8
  };
  Kind kind = Kind::denied;
  std::string_view why;  // for the log: of our words alone, none of the client's
};

// A PasswordCheck ends the exchange: its user is logged in if it is right (PasswordChecker), and
// only then.
using SaslStep = std::variant<SaslChallenge, PasswordCheck, LoggedIn, SaslRefusal>;

class SaslServer {
 public:
  static constexpr std::size_t max_response_bytes = 4096;  // of 12288 octets that a line may have
  static constexpr std::size_t max_password_bytes = 1024;

  SaslServer() = default;
  SaslServer(const SaslServer&) = delete;
  SaslServer& operator=(const SaslServer&) = delete;
  virtual ~SaslServer() = default;

  // What to ask a client that sent no initial response with its AUTH.
  virtual std::string first_challenge() const = 0;

  // The initial response, or the answer to the last challenge.
  SaslStep respond(std::string_view response);

 private:
  virtual SaslStep take(std::string_view response) = 0;

  bool is_ended_ = false;
};

// `users` outlives the exchange. `nonce`: printable, without a comma, never used before.
std::unique_ptr<SaslServer> make_sasl_server(mail::LoginMechanism mechanism,
                                             const PasswordFile& users,
                                             std::string nonce);

// For the mechanisms: a user's name as a client may say it, whether or not anyone has it.
bool may_be_user(std::string_view text);

}  // namespace greyhound::intake
