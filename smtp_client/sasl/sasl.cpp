#include "smtp_client/sasl/sasl.hpp"

#include <algorithm>
#include <utility>

#include "smtp_client/sasl/sasl_scram.hpp"

namespace greyhound::smtp {

using mail::Credentials;
using mail::LoginMechanism;

namespace {

class PlainExchange final : public SaslExchange {
 public:
  explicit PlainExchange(const Credentials& credentials) {
    message_ += '\0';  // no authorisation identity: that of the user
    message_ += credentials.user + '\0' + credentials.password.reveal();
  }

  std::optional<std::string> initial_response() override { return message_; }
  Result<std::string> respond(std::string) override {
    return Error{Fault::protocol, "goes on asking after PLAIN"};
  }
  bool is_complete() const override { return true; }

 private:
  std::string message_;
};

// The prompts are told apart by their order: their words differ between servers.
class LoginExchange final : public SaslExchange {
 public:
  explicit LoginExchange(const Credentials& credentials) : credentials_(credentials) {}

  std::optional<std::string> initial_response() override { return std::nullopt; }
  Result<std::string> respond(std::string) override {
    switch (prompts_++) {
      case 0:
        return credentials_.user;
      case 1:
        return credentials_.password.reveal();
      default:
        return Error{Fault::protocol, "asks for more than user and password"};
    }
  }
  bool is_complete() const override { return prompts_ == 2; }

 private:
  Credentials credentials_;
  unsigned prompts_ = 0;
};

}  // namespace

std::unique_ptr<SaslExchange> make_sasl_exchange(LoginMechanism mechanism,
                                                 const Credentials& credentials,
                                                 std::string nonce) {
  switch (mechanism) {
    case LoginMechanism::scram_sha_256:
      return std::make_unique<ScramExchange>(credentials, std::move(nonce));
    case LoginMechanism::plain:
      return std::make_unique<PlainExchange>(credentials);
    case LoginMechanism::login:
      break;
  }
  return std::make_unique<LoginExchange>(credentials);
}

std::optional<LoginMechanism> strongest_mechanism(const std::vector<LoginMechanism>& offered,
                                                  const std::vector<LoginMechanism>& allowed) {
  std::optional<LoginMechanism> strongest;
  for (const auto mechanism : offered) {
    const bool is_allowed = std::find(allowed.begin(), allowed.end(), mechanism) != allowed.end();
    if (is_allowed && (!strongest || mechanism < *strongest)) strongest = mechanism;
  }
  return strongest;
}

}  // namespace greyhound::smtp
