// ScramServer: SCRAM-SHA-256. The client proves that it knows the password without saying it, and
// is shown that we know its keys.
// Source: RFC 5802 sections 3, 5 and 7, RFC 7677; without channel binding, which is not offered.
// Our last message goes as a challenge that the client answers with nothing (RFC 4954 section 4).
// Of SASLprep nothing is done: names and passwords count as they were written.
// Limits: max_nonce_bytes of the client's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "intake/sasl/sasl_server.hpp"

namespace greyhound::intake {

class ScramServer final : public SaslServer {
 public:
  static constexpr std::size_t max_nonce_bytes = 512;

  ScramServer(const PasswordFile& users, std::string nonce);

  std::string first_challenge() const override { return ""; }

 private:
  enum class State : std::uint8_t { begun, challenged, proved };

  SaslStep take(std::string_view response) override;
  SaslStep take_first(std::string_view client_first);
  SaslStep take_final(std::string_view client_final);
  bool is_proof(std::string_view proof, const std::string& all_said) const;

  const PasswordFile& users_;
  std::string nonce_;  // ours, then the client's with ours behind it
  State state_ = State::begun;
  std::string header_ = {};  // about channel binding, as the client has to repeat it
  std::string said_ = {};    // the first messages of both
  std::string user_ = {};
  ScramKeys keys_ = {};
};

}  // namespace greyhound::intake
