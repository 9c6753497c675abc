// MessageIntake: one message from its first octet to the reply to its last. Takes the bytes as they
//                come, sends body chunks to the store on the way, completes the header, and accepts
//                the message or says why not.
// Source: RFC 6409 section 8 (what a first server may add).
// Owner: the session. Runs on: its loop.
// Limits: one chunk and one block of input in memory, whatever the message's size.
// Errors: faults of the store are answers (452, 451) and leave nothing kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intake/answer.hpp"
#include "intake/content_reader.hpp"
#include "intake/delivery_planner.hpp"
#include "intake/header_scan.hpp"
#include "intake/intake_settings.hpp"
#include "intake/trace_header.hpp"
#include "mail/envelope.hpp"
#include "queue/store.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::intake {

class ClientLimiter;
class PasswordChecker;
class PasswordFile;
class TlsServer;

// What a session works with; outlives it.
struct SessionParts {
  const IntakeSettings& settings;
  queue::Store& store;
  const DeliveryPlanner& planner;
  Clock& clock;
  EventLog& log;
  ClientLimiter* limiter = nullptr;         // none: no limits by the minute
  const TlsServer* tls = nullptr;           // none: STARTTLS is not offered
  const PasswordFile* passwords = nullptr;  // none: AUTH is not offered
  PasswordChecker* password_checker = nullptr;
};

class MessageIntake {
 public:
  using Framing = ContentReader::Framing;

  // `trace` gets its id and time here.
  MessageIntake(SessionParts parts, mail::Envelope envelope, Trace trace, Framing framing);

  // How many of `bytes` belong to the message. Call store_chunks() before the next.
  std::size_t take(std::string_view bytes) { return reader_.feed(bytes); }
  bool is_at_end() const { return reader_.is_at_end(); }
  void end() { reader_.finish(); }  // of a counted message

  // Why it will not be accepted, as far as can be told by now.
  std::optional<Answer> refusal() const;

  Awaitable<> store_chunks();  // those that are full
  Awaitable<Answer> finish();  // at the end: accepts or refuses; a 250 means it is durable
  Awaitable<> abandon();       // before the end: the client is gone, or has been refused

 private:
  std::string next_chunk();
  std::string added_fields();
  std::string with_trace(const std::string& chunk);
  Awaitable<> store_chunk();
  Awaitable<std::optional<Answer>> accept();
  queue::Message to_message() const;
  mail::TlsWish tls_wish() const;
  void log_accepted(const queue::Message& message);
  void log_refused(const Answer& answer);

  SessionParts parts_;
  mail::Envelope envelope_;
  Client client_;
  queue::MessageId id_;
  Instant arrived_;
  ContentReader reader_;
  HeaderScan scan_;
  std::string trace_header_;      // goes in front of chunk 0
  std::string added_message_id_;  // empty: it had one, or gets none
  std::uint32_t chunks_ = 0;
  std::uint64_t stored_bytes_ = 0;
  std::optional<Error> fault_;  // of the store; the rest of the message is read and dropped
};

}  // namespace greyhound::intake
