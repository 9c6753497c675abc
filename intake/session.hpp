// Session: the dialogue with one client that hands in mail.
// Source: RFC 5321, RFC 2920 (PIPELINING), RFC 1870 (SIZE), RFC 3030 (CHUNKING), RFC 6152
//         (8BITMIME), RFC 2034, RFC 6531 (SMTPUTF8), RFC 3207 (STARTTLS), RFC 4954 (AUTH).
// Owner: the server. Runs on: the loop of its stream.
// Limits: command_timeout for each command, block_timeout for each block of a message and for each
//         write, least_bytes_per_second for a whole message; max_bad_commands, max_idle_commands,
//         max_failed_logins.
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
#include "intake/sasl/sasl_server.hpp"
#include "intake/transaction.hpp"
#include "runtime/stream.hpp"

namespace greyhound::intake {

class Session {
 public:
  Session(std::unique_ptr<Stream> stream, SessionParts parts, ListenerTls tls = ListenerTls::none);

  Awaitable<> run();

  // From now on every new command is answered 421. True: the session is waiting for one, and
  // farewell() must be spawned to tell the client; the session itself then writes nothing more.
  bool begin_drain();
  Awaitable<> farewell();

 private:
  // Of a message, or of octets that are dropped.
  struct Coming {
    std::uint64_t octets = 0;  // that were read
    Duration waited{0};        // for them
  };

  // What one command leaves to do.
  enum class Next : std::uint8_t { go_on, close };

  Awaitable<Next> take_command();
  Awaitable<Result<CommandLine>> next_line();
  Next say_why_no_line(const Result<CommandLine>& line);
  Awaitable<Result<>> fill_line();
  Awaitable<Next> handle(CommandLine line);
  Awaitable<Next> obey(Command command);
  Awaitable<Next> greet(Hello hello);
  Awaitable<Next> begin(MailFrom command);
  Awaitable<Next> add(RcptTo command);
  Next say_plain(const Command& command);
  std::string extensions() const;

  // session_content.cpp: what follows DATA and BDAT.
  Awaitable<Next> receive();
  Awaitable<Next> receive_counted(Bdat command);
  Awaitable<Result<>> read_content();
  Awaitable<Result<>> read_counted(std::uint64_t octets);
  Awaitable<> take_octets(std::string_view octets);
  Awaitable<Result<std::size_t>> read_block();
  Awaitable<Next> finish_message();
  Awaitable<Next> break_off(Error why);
  Awaitable<> abandon_message();
  void begin_message(MessageIntake::Framing framing);
  MessageIntake& message();

  // session_login.cpp: STARTTLS and AUTH.
  bool offers_tls() const;
  bool offers_login() const;
  Awaitable<Next> start_tls();
  Awaitable<Next> encrypt();
  std::optional<Answer> no_login_now() const;
  Awaitable<Next> log_in(Auth command);
  Awaitable<Next> end_login(SaslStep step);
  Next refuse_login(const Answer& answer);

  Next say(const Answer& answer);
  Next refuse(const Answer& answer);
  Next answer(const Answer& answer);  // says or refuses, as its code has it
  Next give_up_on(const Answer& answer);
  Awaitable<Result<>> flush();

  std::unique_ptr<Stream> stream_;  // none: lost in a handshake
  SessionParts parts_;
  ListenerTls tls_;
  Client client_;
  CommandLines lines_;
  std::array<char, 16 << 10> block_{};  // what was read last
  std::string unsent_;                  // replies that wait for the end of the client's group
  Transaction transaction_;
  std::optional<MessageIntake> message_;  // from its first octet to the reply to its last
  Coming content_;
  std::size_t bad_commands_ = 0;
  std::size_t idle_commands_ = 0;  // since the last message
  std::size_t failed_logins_ = 0;
  bool is_waiting_ = false;  // for a command
  bool is_draining_ = false;
  bool is_left_to_farewell_ = false;
};

}  // namespace greyhound::intake
