// Session: the dialogue with one client that hands in mail.
// Source: RFC 5321, RFC 2920 (PIPELINING), RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 2034,
//         RFC 6531 (SMTPUTF8).
// Owner: the server. Runs on: the loop of its stream.
// Limits: command_timeout for each command, block_timeout for each block of a message and for each
//         write; max_bad_commands.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "intake/answer.hpp"
#include "intake/command_lines.hpp"
#include "intake/command_parser.hpp"
#include "intake/message_intake.hpp"
#include "runtime/stream.hpp"

namespace greyhound::intake {

class Session {
 public:
  Session(std::unique_ptr<Stream> stream, SessionParts parts);

  Awaitable<> run();

  // From now on every new command is answered 421. True: the session is waiting for one, and
  // farewell() must be spawned to tell the client; the session itself then writes nothing more.
  bool begin_drain();
  Awaitable<> farewell();

 private:
  // What one command leaves to do.
  enum class Next : std::uint8_t { go_on, close };

  bool offers_require_tls() const;
  Awaitable<Result<CommandLine>> next_line();
  Awaitable<Result<>> fill_line();
  Awaitable<Next> handle(CommandLine line);
  Next greet(const Hello& hello);
  Next begin(const MailFrom& command);
  Next add(RcptTo command);
  Next give_up_on(const Answer& answer);
  Awaitable<Next> receive();
  Awaitable<Result<>> read_content(MessageIntake* message);
  std::optional<Answer> no_data_now() const;
  Trace trace(const Hello& hello, const mail::Envelope& envelope) const;

  Next say(const Answer& answer);
  Next refuse(const Answer& answer);
  Awaitable<Result<>> flush();

  std::unique_ptr<Stream> stream_;
  SessionParts parts_;
  Client client_;
  bool may_relay_;
  CommandLines lines_;
  std::array<char, 16 << 10> block_{};  // what was read last
  std::string unsent_;                  // replies that wait for the end of the client's group
  std::optional<Hello> hello_;
  std::optional<mail::Envelope> envelope_;  // from MAIL to the end of the transaction
  std::size_t bad_commands_ = 0;
  bool is_waiting_ = false;  // for a command
  bool is_draining_ = false;
  bool is_left_to_farewell_ = false;
};

}  // namespace greyhound::intake
