// MessageIntake: one message from its 354 to the reply to its final dot. Takes the bytes as they
//                come,
// sends body chunks to the store on the way, and accepts the message or says why not.
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
#include "intake/data_reader.hpp"
#include "intake/delivery_planner.hpp"
#include "intake/header_scan.hpp"
#include "intake/intake_settings.hpp"
#include "intake/trace_header.hpp"
#include "mail/envelope.hpp"
#include "queue/store.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::intake {

// What a session works with; outlives it.
struct SessionParts {
  const IntakeSettings& settings;
  queue::Store& store;
  const DeliveryPlanner& planner;
  Clock& clock;
  EventLog& log;
};

class MessageIntake {
 public:
  // `trace` gets its id and time here.
  MessageIntake(SessionParts parts, mail::Envelope envelope, Trace trace);

  // How many of `bytes` belong to the message. Call store_chunks() before the next.
  std::size_t take(std::string_view bytes) { return reader_.feed(bytes); }
  bool is_at_end() const { return reader_.is_at_end(); }

  Awaitable<> store_chunks();  // those that are full
  Awaitable<Answer> finish();  // at the end: accepts or refuses; a 250 means it is durable
  Awaitable<> abandon();       // before the end: the client is gone

 private:
  Awaitable<> store_chunk();
  Awaitable<std::optional<Answer>> accept();
  std::optional<Answer> refusal() const;
  queue::Message to_message() const;
  mail::TlsWish tls_wish() const;
  void log_accepted(const queue::Message& message);
  void log_refused(const Answer& answer);

  SessionParts parts_;
  mail::Envelope envelope_;
  Client client_;
  queue::MessageId id_;
  DataReader reader_;
  HeaderScan scan_;
  std::string trace_header_;  // goes in front of chunk 0
  std::uint32_t chunks_ = 0;
  std::uint64_t stored_bytes_ = 0;
  std::optional<Error> fault_;  // of the store; the rest of the message is read and dropped
};

}  // namespace greyhound::intake
