// Messages and deliveries as the queue keeps them: values, written whole by queue/record_codec.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mail/attempt.hpp"
#include "mail/reply_class.hpp"
#include "queue/greylist_run.hpp"
#include "queue/ids.hpp"

namespace greyhound::queue {

enum class MessageKind : std::uint8_t {  // persisted: never renumber
  mail = 0,                              // handed in by a client
  delay_notice = 1,                      // composed by us
  failure_notice = 2,
  success_notice = 3,
  postmaster_notice = 4,  // of mail from <> that failed; its own failure is told nobody
};

struct Message {
  MessageId id;
  MessageKind kind = MessageKind::mail;
  std::optional<MessageId> about = {};  // of a notice: the message it is about
  Instant arrived = {};
  mail::ReversePath reverse_path = {};
  mail::Return return_content = mail::Return::unspecified;
  std::string envelope_id = {};  // ENVID as received, empty: none
  bool is_eight_bit = false;
  bool is_smtp_utf8 = false;     // SMTPUTF8 was declared
  bool has_utf8_header = false;  // the header section holds UTF-8 (RFC 6532)
  mail::TlsWish tls_wish = mail::TlsWish::as_usual;
  bool is_bulk = false;                // Precedence bulk/list/junk, List-Id or Auto-Submitted
  std::string client = {};             // who handed it in: "127.0.0.1", "uid 33"
  std::string message_id_header = {};  // "<x@y>" of its own header, empty: none; for References
  std::uint64_t size_bytes = 0;        // of the body chunks together, trace header included
  std::uint32_t chunks = 0;
  std::uint16_t deliveries = 0;                 // made at acceptance, numbered from 1
  std::uint16_t open_deliveries = 0;            // at 0 the message and its body go
  std::optional<Instant> delay_notice_at = {};  // set once, in the batch that queues the notice
};

// What one recipient was told last.
struct LastOutcome {
  mail::Outcome outcome;
  std::string host;  // the MX that said it; empty: none was reached
  Instant at;
};

enum class Disposition : std::uint8_t {  // persisted: never renumber
  open = 0,
  delivered = 1,
  failed = 2,
};

struct DeliveryRecipient {
  mail::Recipient recipient;
  Disposition disposition = Disposition::open;
  std::optional<LastOutcome> last = {};
};

enum class Series : std::uint8_t {  // persisted: never renumber
  retry = 0,
  greylist = 1,
};

// Why a due is another than its terms give.
enum class Mover : std::uint8_t {  // persisted: never renumber
  nobody = 0,
  ourselves = 1,  // an attempt did not count
  an_operator = 2,
  woken = 3,       // other mail with its key got through
  stood_back = 4,  // other mail with its key asked for it
};

// Set just before the final dot; still there at the next load means that we died after it.
struct DotSent {
  Instant at;
  std::vector<std::uint16_t> recipients;  // indices of those that RCPT had taken
};

struct Delivery {
  DeliveryId id;
  std::string domain = {};  // lower case
  std::vector<DeliveryRecipient> recipients = {};

  std::uint32_t attempts = 0;   // counted ones; retry n is attempt n + 1
  std::uint32_t uncounted = 0;  // tries that we ourselves spoilt
  std::optional<Instant> attempted = {};
  Instant due = {};
  Instant expires = {};

  // Why the due is what it is.
  std::string rule = {};  // name in retry.json
  Series series = Series::retry;
  std::uint32_t position = 0;  // wait of the series that is running, from 1; 0: none yet
  Duration wait = {};          // that wait, before any jitter; repeated if uncounted
  DueTerms terms = {};
  Mover moved_by = Mover::nobody;               // of records before version 4 nobody knows
  std::optional<Instant> greylist_anchor = {};  // first greylist reply of the running series
  // When the greylister may forget this triplet unless it is tried again: its pending time is over.
  std::optional<Instant> pending_until = {};
  GreylistRun greylist = {};
  mail::ReplyClass reply_class = mail::ReplyClass::unknown;
  mail::Affinity affinity = {};  // kept while greylisted

  std::optional<DotSent> dot_sent = {};
  bool is_in_doubt = false;  // the last attempt ended in doubt
  bool is_held = false;      // by an operator
  // Mail from <> that failed is kept until `expires` for an operator, and not tried unless asked.
  std::optional<Instant> undeliverable_since = {};

  bool has_open_recipients() const;
};

// One more dot of the running attempt. An index that the delivery does not have names nobody.
void add_dot_sent(Delivery& delivery, const DotSent& mark);

// new, waiting, in_doubt, held, undeliverable
std::string_view state_name(const Delivery& delivery);
std::string_view to_string(Series series);  // retry, greylist
std::string_view to_string(Mover mover);    // nobody, ourselves, operator, woken, …

}  // namespace greyhound::queue
