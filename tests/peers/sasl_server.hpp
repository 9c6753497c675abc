// SaslServer: the server's side of one login. PLAIN and LOGIN are compared, SCRAM-SHA-256 is played
// for real, with the one fault that a test may ask for. It shares no code with the client.
// Source: RFC 4954, RFC 4616, RFC 5802, RFC 7677.
// Owner: a connection of a peer. Runs on: that connection's thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace greyhound::peers {

enum class ScramFault : std::uint8_t {
  none,
  wrong_signature,
  no_signature,       // says 235 at once
  error_in_place,     // of the signature, in words of its own
  foreign_nonce,      // does not continue the client's
  same_nonce,         // adds nothing to it
  few_iterations,     // 4095
  many_iterations,    // 600001
  signed_iterations,  // "+4096"
  endless_iterations,
  bad_salt,
  empty_salt,
  extension,  // that the client would have to understand
  asks_again  // after its signature
};

struct Account {
  std::string user;
  std::string password;
  ScramFault fault = ScramFault::none;
};

class SaslServer {
 public:
  explicit SaslServer(Account account) : account_(std::move(account)) {}

  // Replies with their CR LF, to the AUTH command and to each further line.
  std::string begin(const std::string& command);
  std::string go_on(const std::string& line);

  bool is_over() const { return state_ == State::in || state_ == State::out; }
  bool is_in() const { return state_ == State::in; }
  const std::string& mechanism() const { return mechanism_; }

 private:
  enum class State : std::uint8_t {
    plain,
    user,
    password,
    scram_first,
    scram_final,
    scram_end,
    in,
    out
  };

  std::string take_plain(const std::string& message);
  std::string take_scram_first(const std::string& message);
  std::string take_scram_final(const std::string& message);
  std::string decide(bool is_right);

  Account account_;
  State state_ = State::out;
  std::string mechanism_;
  std::string given_user_;
  std::string nonce_;
  std::string said_so_far_;  // the first messages of both, as SCRAM signs them
};

}  // namespace greyhound::peers
