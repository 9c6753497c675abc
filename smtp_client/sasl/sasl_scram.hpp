// ScramExchange: SCRAM-SHA-256. The server learns that we know the password and has to prove that
// it knows it as well; the password itself stays here.
// Source: RFC 5802 sections 3, 5 and 7, RFC 7677; without channel binding, as the server is known
// by its certificate.
// Limits: iterations from least_iterations, which RFC 7677 section 4 asks of servers, to
// max_iterations. They are computed on the session's loop, at the server's word, before it has
// proved anything: so many take a fifth of a second, and nobody recommends more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "smtp_client/sasl/sasl.hpp"

namespace greyhound::smtp {

class ScramExchange final : public SaslExchange {
 public:
  static constexpr std::uint32_t least_iterations = 4096;
  static constexpr std::uint32_t max_iterations = 600'000;

  ScramExchange(const mail::Credentials& credentials, std::string nonce);

  std::optional<std::string> initial_response() override;
  Result<std::string> respond(std::string challenge) override;
  bool is_complete() const override { return state_ == State::proved; }

 private:
  enum class State : std::uint8_t { begun, answered, proved };

  Result<std::string> answer_first(std::string_view server_first);
  Result<std::string> check_final(std::string_view server_final);

  const mail::Password password_;
  const std::string nonce_;
  const std::string client_first_;  // without the header of channel binding
  std::string server_signature_;    // that must come
  State state_ = State::begun;
};

}  // namespace greyhound::smtp
