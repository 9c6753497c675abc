#include "intake/sasl/sasl_server.hpp"

#include <optional>
#include <utility>

#include "intake/sasl/scram_server.hpp"
#include "mail/utf8.hpp"

namespace greyhound::intake {
namespace {

using mail::LoginMechanism;

SaslRefusal malformed(std::string_view why) {
  return {.kind = SaslRefusal::Kind::malformed, .why = why};
}

bool may_be_password(std::string_view text) {
  return !text.empty() && text.size() <= SaslServer::max_password_bytes &&
         text.find('\0') == text.npos && mail::is_utf8(text);
}

// Both as the client said them.
SaslStep check_of(const PasswordFile& users, std::string_view user, std::string_view password) {
  if (!may_be_user(user)) return malformed("no name of a user");
  if (!may_be_password(password)) return malformed("no password");
  return PasswordCheck{.user = std::string(user),
                       .keys = users.keys_of(user),
                       .password = mail::Password(std::string(password))};
}

class PlainServer final : public SaslServer {
 public:
  explicit PlainServer(const PasswordFile& users) : users_(users) {}

  std::string first_challenge() const override { return ""; }

 private:
  // Authorisation identity, user, password, with NUL between them.
  SaslStep take(std::string_view response) override {
    const auto first = response.find('\0');
    const auto second = first == response.npos ? first : response.find('\0', first + 1);
    if (second == response.npos) return malformed("PLAIN: not three fields");
    const auto authorisation = response.substr(0, first);
    const auto user = response.substr(first + 1, second - first - 1);
    if (!authorisation.empty() && authorisation != user) {
      return SaslRefusal{.kind = SaslRefusal::Kind::denied,
                         .why = "wants to act for another than the user that logs in"};
    }
    return check_of(users_, user, response.substr(second + 1));
  }

  const PasswordFile& users_;
};

class LoginServer final : public SaslServer {
 public:
  explicit LoginServer(const PasswordFile& users) : users_(users) {}

  std::string first_challenge() const override { return "Username:"; }

 private:
  SaslStep take(std::string_view response) override {
    if (user_) return check_of(users_, *user_, response);
    if (!may_be_user(response)) return malformed("LOGIN: no name of a user");
    user_ = response;
    return SaslChallenge{.text = "Password:"};
  }

  const PasswordFile& users_;
  std::optional<std::string> user_;
};

}  // namespace

SaslStep SaslServer::respond(std::string_view response) {
  if (is_ended_) return malformed("says more than the exchange has room for");
  auto step = response.size() > max_response_bytes ? SaslStep(malformed("a response too long"))
                                                   : take(response);
  is_ended_ = !std::holds_alternative<SaslChallenge>(step);
  return step;
}

std::unique_ptr<SaslServer> make_sasl_server(LoginMechanism mechanism,
                                             const PasswordFile& users,
                                             std::string nonce) {
  switch (mechanism) {
    case LoginMechanism::scram_sha_256:
      return std::make_unique<ScramServer>(users, std::move(nonce));
    case LoginMechanism::plain:
      return std::make_unique<PlainServer>(users);
    case LoginMechanism::login:
      break;
  }
  return std::make_unique<LoginServer>(users);
}

bool may_be_user(std::string_view text) {
  return !text.empty() && text.size() <= PasswordFile::max_user_bytes &&
         text.find('\0') == text.npos && mail::is_utf8(text);
}

}  // namespace greyhound::intake
