// Transaction: what a client has said of itself and of the envelope so far, and what may follow.
// Pure: a command goes in, the answer comes out.
// Source: RFC 5321 sections 3.3, 4.1.4 and 4.5.1; RFC 6409 section 4 (who may hand in mail);
//         RFC 8689 section 3 (REQUIRETLS).
// Owner: the session. Runs on: its loop.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "intake/answer.hpp"
#include "intake/client.hpp"
#include "intake/command_parser.hpp"
#include "intake/intake_settings.hpp"
#include "mail/envelope.hpp"

namespace greyhound::intake {

class Transaction {
 public:
  // `settings` outlives it.
  explicit Transaction(const IntakeSettings& settings) : settings_(settings) {}

  // Those that begin a session, and begin it anew: after STARTTLS nothing holds that was said
  // before it (RFC 3207 section 4.2).
  void greet(const Hello& hello);
  void forget_hello();
  void reset() { envelope_.reset(); }

  bool has_hello() const { return hello_.has_value(); }
  bool is_open() const { return envelope_.has_value(); }

  Answer begin(const MailFrom& command, const Client& client);
  Answer add(RcptTo command);

  // Why no content can follow now; none: it can.
  std::optional<Answer> no_content_now() const;

  const Hello& hello() const;      // only after one
  mail::Envelope take_envelope();  // of an open transaction, which ends by that

 private:
  std::optional<Answer> refuse_stranger(const Client& client) const;
  std::optional<Answer> place_local(RcptTo& command) const;

  const IntakeSettings& settings_;
  std::optional<Hello> hello_;
  std::optional<mail::Envelope> envelope_;
  std::set<std::string> mailboxes_;  // its recipients, their domains in A-labels
};

// The session is with somebody on this machine, or nobody can listen to it: REQUIRETLS may be asked
// for.
bool is_private(const Client& client);

}  // namespace greyhound::intake
