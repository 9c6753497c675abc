#include "intake/message_intake.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "mail/date.hpp"
#include "runtime/must.hpp"

namespace greyhound::intake {
namespace {

std::string trace_text(Trace trace, queue::MessageId id, Instant at) {
  trace.id = id;
  trace.at = at;
  return trace_header(trace);
}

Answer to_answer(ContentReader::Flaw flaw) {
  using Flaw = ContentReader::Flaw;
  switch (flaw) {
    case Flaw::too_large:
      return {552, "5.3.4", "message is larger than the limit"};
    case Flaw::long_line:
      return {554, "5.6.0", "message holds a line that is longer than the limit"};
    case Flaw::nul:
      return {554, "5.6.0", "message holds a NUL octet"};
    case Flaw::bare_return:
    case Flaw::bare_line_feed:
      break;
  }
  return {554, "5.6.0", "message holds a CR or LF that stands alone; line ends must be CR LF"};
}

Answer to_answer(const Error& fault) {
  if (fault.fault == Fault::disk_full) {
    return {452, "4.3.1", "no space to keep the message, try again later"};
  }
  return {451, "4.3.0", "the message could not be stored, try again later"};
}

std::uint16_t count_of(const std::vector<queue::Delivery>& deliveries) {
  MUST(!deliveries.empty() && deliveries.size() <= std::numeric_limits<std::uint16_t>::max());
  return static_cast<std::uint16_t>(deliveries.size());
}

}  // namespace

MessageIntake::MessageIntake(SessionParts parts,
                             mail::Envelope envelope,
                             Trace trace,
                             Framing framing)
    : parts_(parts),
      envelope_(std::move(envelope)),
      client_(trace.client),
      id_(parts.store.new_id()),
      arrived_(parts.clock.wall()),
      reader_(framing, parts.settings),
      trace_header_(trace_text(std::move(trace), id_, arrived_)) {}

Awaitable<> MessageIntake::store_chunks() {
  while (!fault_ && reader_.has_full_chunk())
    co_await store_chunk();
}

// What of the message comes next; empty: nothing. The first one begins with what we write.
std::string MessageIntake::next_chunk() {
  std::string chunk = reader_.take_chunk();
  scan_.feed(chunk);
  if (reader_.is_drained()) scan_.finish();
  return trace_header_.empty() ? chunk : with_trace(chunk);
}

// Where its fields end within the first chunk, those that are missing go behind them. A longer
// header is left alone: it is not by programs that leave out a date.
std::string MessageIntake::with_trace(const std::string& chunk) {
  std::string added;
  std::size_t at = 0;
  if (const auto fields_end = scan_.fields_end(); fields_end && parts_.settings.completes_headers) {
    added = added_fields();
    at = static_cast<std::size_t>(*fields_end);
  }
  std::string text = std::exchange(trace_header_, {});
  text.reserve(text.size() + chunk.size() + added.size());
  text.append(chunk, 0, at);
  text += added;
  return text.append(chunk, at);
}

// No two messages ever have the same id on one host.
std::string MessageIntake::added_fields() {
  std::string fields;
  if (!scan_.has_date()) fields += "Date: " + mail::date_text(arrived_) + "\r\n";
  if (!scan_.has_message_id()) {
    added_message_id_ = "<" + id_.to_string() + "@" + parts_.settings.hostname + ">";
    fields += "Message-ID: " + added_message_id_ + "\r\n";
  }
  if (scan_.has_no_header()) fields += "\r\n";
  return fields;
}

Awaitable<> MessageIntake::store_chunk() {
  std::string chunk = next_chunk();
  if (chunk.empty()) co_return;
  stored_bytes_ += chunk.size();
  const std::uint32_t number = chunks_++;  // counted even if it fails: it may be there in part
  auto stored = co_await parts_.store.add_chunk(id_, number, std::move(chunk));
  if (!stored) fault_ = stored.error();
}

Awaitable<Answer> MessageIntake::finish() {
  MUST(is_at_end());
  auto answer = refusal();
  if (!answer) answer = co_await accept();
  if (!answer) {
    co_return Answer(250, "2.0.0", "queued as " + id_.to_string());
  }
  log_refused(*answer);
  co_await abandon();
  co_return std::move(*answer);
}

// Nothing: it is on disk. A message of one chunk goes there in one piece with its records.
Awaitable<std::optional<Answer>> MessageIntake::accept() {
  while (!fault_ && !reader_.has_last_chunk())
    co_await store_chunk();
  std::vector<std::string> body;
  if (chunks_ == 0) {
    body.push_back(next_chunk());
    stored_bytes_ = body.front().size();
  } else if (!fault_) {
    co_await store_chunk();
  }
  if (auto answer = refusal()) co_return answer;
  queue::NewMessage next{.message = to_message(), .deliveries = {}, .body = std::move(body)};
  next.deliveries = parts_.planner(next.message, envelope_.recipients);
  next.message.deliveries = count_of(next.deliveries);
  next.message.open_deliveries = next.message.deliveries;
  const queue::Message message = next.message;
  auto accepted = co_await parts_.store.accept(std::move(next));
  if (!accepted) {
    fault_ = accepted.error();
    co_return to_answer(*fault_);
  }
  log_accepted(message);
  co_return std::nullopt;
}

std::optional<Answer> MessageIntake::refusal() const {
  if (const auto flaw = reader_.flaw()) return to_answer(*flaw);
  if (fault_) return to_answer(*fault_);
  if (scan_.header_bytes() > parts_.settings.max_header_bytes) {
    return Answer(552, "5.3.4", "the header is larger than the limit");
  }
  if (scan_.received_fields() > parts_.settings.max_received_fields) {
    return Answer(554, "5.4.6", "too many Received fields: the message is going round in a loop");
  }
  return std::nullopt;
}

// A fault here leaves chunks that no message names; the store sweeps those.
Awaitable<> MessageIntake::abandon() {
  const std::uint32_t count = std::exchange(chunks_, 0);
  if (count == 0) co_return;
  const auto discarded = co_await parts_.store.discard_chunks(id_, count);
  if (!discarded) {
    parts_.log.warning("discard_failed",
                       {{"id", id_.to_string()},
                        {"status", "4.3.0"},
                        {"fault", to_string(discarded.error().fault)},
                        {"what", discarded.error().what}});
  }
}

queue::Message MessageIntake::to_message() const {
  return {.id = id_,
          .arrived = arrived_,
          .reverse_path = envelope_.reverse_path,
          .return_content = envelope_.return_content,
          .envelope_id = envelope_.envelope_id,
          .is_eight_bit = envelope_.is_eight_bit || reader_.has_eight_bit(),
          .is_smtp_utf8 = envelope_.is_smtp_utf8,
          .has_utf8_header = scan_.has_utf8(),
          .tls_wish = tls_wish(),
          .is_bulk = scan_.is_bulk(),
          .client = client_.to_string(),
          .message_id_header = added_message_id_.empty() ? scan_.message_id() : added_message_id_,
          .size_bytes = stored_bytes_,
          .chunks = std::max<std::uint32_t>(chunks_, 1)};
}

// What was said in the envelope outweighs the header (RFC 8689 section 4.1).
mail::TlsWish MessageIntake::tls_wish() const {
  if (envelope_.requires_tls) return mail::TlsWish::required;
  return scan_.says_tls_not_required() ? mail::TlsWish::not_required : mail::TlsWish::as_usual;
}

void MessageIntake::log_accepted(const queue::Message& message) {
  parts_.log.info("accepted",
                  {{"id", id_.to_string()},
                   {"status", "2.0.0"},
                   {"from", to_string(message.reverse_path)},
                   {"recipients", envelope_.recipients.size()},
                   {"deliveries", message.deliveries},
                   {"size", message.size_bytes},
                   {"client", message.client}});
}

void MessageIntake::log_refused(const Answer& answer) {
  parts_.log.info("refused",
                  {{"id", id_.to_string()},
                   {"status", answer.status()},
                   {"from", to_string(envelope_.reverse_path)},
                   {"recipients", envelope_.recipients.size()},
                   {"client", client_.to_string()},
                   {"why", fault_ ? fault_->what : answer.text()}});
}

}  // namespace greyhound::intake
