#include "queue/record_codec.hpp"

#include <algorithm>
#include <span>

#include "queue/record_bytes.hpp"

namespace greyhound::queue {
namespace {

// 2: domain of the reverse path, SMTPUTF8; 3: the wish for TLS
constexpr std::uint8_t message_version = 3;
// 2: pending_until; 3: terms, greylist run; 4: its keys, moved_by; 5: undeliverable_since
constexpr std::uint8_t delivery_version = 5;

// Bits of the NOTIFY byte. Persisted: never renumber.
constexpr std::uint64_t notify_given = 1;
constexpr std::uint64_t notify_success = 2;
constexpr std::uint64_t notify_failure = 4;
constexpr std::uint64_t notify_delay = 8;

constexpr std::uint64_t largest_status_part = 999;  // RFC 3463 section 2
constexpr std::uint64_t largest_reply_code = 999;

// The least that one of them takes on disk; they bound how much a length can make us allocate.
constexpr std::size_t least_recipient_bytes = 5;
constexpr std::size_t least_text_bytes = 1;
constexpr std::size_t least_index_bytes = 1;

// The A-labels of its domain as well: what is made of a U-label changes with the tables of Unicode.
void write(RecordWriter& to, const mail::ReversePath& path) {
  to.flag(path.has_value());
  if (!path) return;
  to.text(path->text());
  to.text(path->has_ascii_domain() ? "" : path->domain());
}

void write(RecordWriter& to, const mail::EnhancedStatus& status) {
  to.enumerator(status.status_class());
  to.number(status.subject());
  to.number(status.detail());
}

void write(RecordWriter& to, const mail::Reply& reply) {
  to.number(static_cast<std::uint64_t>(reply.code));
  to.flag(reply.status.has_value());
  if (reply.status) write(to, *reply.status);
  to.number(reply.lines.size());
  for (const auto& line : reply.lines)
    to.text(line);
}

void write(RecordWriter& to, const LastOutcome& last) {
  to.enumerator(last.outcome.verdict);
  to.enumerator(last.outcome.stage);
  write(to, last.outcome.status);
  to.flag(last.outcome.reply.has_value());
  if (last.outcome.reply) write(to, *last.outcome.reply);
  to.text(last.outcome.reason);
  to.text(last.host);
  to.instant(last.at);
}

void write(RecordWriter& to, const DeliveryRecipient& one) {
  const auto& notify = one.recipient.notify;
  to.text(one.recipient.address.text());
  to.number((notify.is_given ? notify_given : 0) | (notify.on_success ? notify_success : 0) |
            (notify.on_failure ? notify_failure : 0) | (notify.on_delay ? notify_delay : 0));
  to.text(one.recipient.original);
  to.enumerator(one.disposition);
  to.flag(one.last.has_value());
  if (one.last) write(to, *one.last);
}

// Source address as its 4 or 16 bytes; none is the empty text.
void write(RecordWriter& to, const mail::Affinity& affinity) {
  std::string source;
  if (affinity.source) {
    const auto& bytes = affinity.source->bytes();
    source.assign(bytes.begin(), bytes.begin() + (affinity.source->is_v4() ? 4 : 16));
  }
  to.text(source);
  to.text(affinity.host);
}

void write(RecordWriter& to, const DotSent& dot_sent) {
  to.instant(dot_sent.at);
  to.number(dot_sent.recipients.size());
  for (const auto index : dot_sent.recipients)
    to.number(index);
}

void write(RecordWriter& to, const DueTerms& terms) {
  to.enumerator(terms.source);
  to.duration(terms.margin);
  to.duration(terms.jitter_most);
  to.optional_duration(terms.least);
  to.optional_duration(terms.most);
  to.text(terms.signature);
}

void write(RecordWriter& to, const GreylistRun& run) {
  to.number(run.knocks);
  to.optional_duration(run.refused);
  to.optional_duration(run.refused_before);
  to.flag(run.stated.has_value());
  if (run.stated) {
    to.duration(run.stated->wait);
    to.instant(run.stated->since);
  }
  to.optional_duration(run.known_end);
  to.flag(run.opens_door);
  to.flag(run.punishes_early);
  to.flag(run.keys.has_value());
  if (!run.keys) return;
  for (const auto kind : all_key_kinds)
    to.number((*run.keys)[kind]);
}

mail::ReversePath read_reverse_path(RecordReader& from) {
  if (!from.flag()) return std::nullopt;
  const auto text = from.text();
  const auto domain = from.version() >= 2 ? from.text() : std::string();
  auto address = mail::Address::restore(text, domain);
  if (!address) from.fail();
  return address;
}

mail::EnhancedStatus read_status(RecordReader& from) {
  using Class = mail::EnhancedStatus::Class;
  const auto status_class = from.enumerator(Class::success, Class::permanent);
  if (static_cast<int>(status_class) == 3) from.fail();
  const auto subject = static_cast<std::uint16_t>(from.number(largest_status_part));
  const auto detail = static_cast<std::uint16_t>(from.number(largest_status_part));
  return {status_class, subject, detail};
}

mail::Reply read_reply(RecordReader& from) {
  mail::Reply reply;
  reply.code = static_cast<int>(from.number(largest_reply_code));
  if (from.flag()) reply.status = read_status(from);
  const auto lines = from.count(least_text_bytes);
  reply.lines.reserve(lines);
  for (std::size_t i = 0; i < lines; ++i)
    reply.lines.push_back(from.text());
  return reply;
}

LastOutcome read_last_outcome(RecordReader& from) {
  const auto verdict = from.enumerator(mail::Verdict::delivered, mail::Verdict::unknown);
  const auto stage = from.enumerator(mail::Stage::dns, mail::Stage::auth);
  const auto status = read_status(from);
  LastOutcome last{mail::Outcome{verdict, stage, status, std::nullopt, ""}, "", Instant{}};
  if (from.flag()) last.outcome.reply = read_reply(from);
  last.outcome.reason = from.text();
  last.host = from.text();
  last.at = from.instant();
  return last;
}

// `domain`: that of the delivery. nullopt: the bytes are no address.
std::optional<DeliveryRecipient> read_recipient(RecordReader& from, const std::string& domain) {
  auto address = mail::Address::restore(from.text(), domain);
  const auto bits = from.number(notify_given | notify_success | notify_failure | notify_delay);
  if (!address) return std::nullopt;
  DeliveryRecipient one{mail::Recipient{std::move(*address)}};
  one.recipient.notify.is_given = (bits & notify_given) != 0;
  one.recipient.notify.on_success = (bits & notify_success) != 0;
  one.recipient.notify.on_failure = (bits & notify_failure) != 0;
  one.recipient.notify.on_delay = (bits & notify_delay) != 0;
  one.recipient.original = from.text();
  one.disposition = from.enumerator(Disposition::open, Disposition::failed);
  if (from.flag()) one.last = read_last_outcome(from);
  return one;
}

std::vector<DeliveryRecipient> read_recipients(RecordReader& from, const std::string& domain) {
  std::vector<DeliveryRecipient> recipients;
  const auto count = from.count(least_recipient_bytes);
  for (std::size_t i = 0; i < count; ++i) {
    auto one = read_recipient(from, domain);
    if (!one) from.fail();
    if (!one || from.has_failed()) break;
    recipients.push_back(std::move(*one));
  }
  if (recipients.empty()) from.fail();
  return recipients;
}

mail::Affinity read_affinity(RecordReader& from) {
  mail::Affinity affinity;
  const auto source = from.text();
  if (source.size() == 4) {
    std::array<std::uint8_t, 4> bytes{};
    std::copy(source.begin(), source.end(), bytes.begin());
    affinity.source = IpAddress::from_v4_bytes(bytes);
  } else if (source.size() == 16) {
    std::array<std::uint8_t, 16> bytes{};
    std::copy(source.begin(), source.end(), bytes.begin());
    affinity.source = IpAddress::from_v6_bytes(bytes);
  } else if (!source.empty()) {
    from.fail();
  }
  affinity.host = from.text();
  return affinity;
}

DueTerms read_due_terms(RecordReader& from) {
  DueTerms terms;
  terms.source = from.enumerator(WaitSource::series, WaitSource::own_clock);
  terms.margin = from.duration();
  terms.jitter_most = from.duration();
  terms.least = from.optional_duration();
  terms.most = from.optional_duration();
  terms.signature = from.text();
  return terms;
}

GreylistKeys read_keys(RecordReader& from) {
  GreylistKeys keys;
  for (const auto kind : all_key_kinds)
    keys[kind] = from.number();
  return keys;
}

GreylistRun read_greylist_run(RecordReader& from) {
  GreylistRun run;
  run.knocks = from.number_of<std::uint32_t>();
  run.refused = from.optional_duration();
  run.refused_before = from.optional_duration();
  if (from.flag()) {
    const auto wait = from.duration();
    run.stated = StatedWait{.wait = wait, .since = from.instant()};
  }
  run.known_end = from.optional_duration();
  run.opens_door = from.flag();
  if (from.version() < 4) return run;
  run.punishes_early = from.flag();
  if (from.flag()) run.keys = read_keys(from);
  return run;
}

DotSent read_dot_sent(RecordReader& from, std::size_t recipients) {
  DotSent dot_sent;
  dot_sent.at = from.instant();
  const auto count = from.count(least_index_bytes);
  dot_sent.recipients.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto index = from.number_of<std::uint16_t>();
    if (index >= recipients) from.fail();
    dot_sent.recipients.push_back(index);
  }
  return dot_sent;
}

// All bytes used and none of them wrong.
bool is_whole(const RecordReader& from) {
  return !from.has_failed() && from.is_at_end();
}

}  // namespace

std::string encode(const Message& message) {
  RecordWriter to(message_version);
  to.enumerator(message.kind);
  to.flag(message.about.has_value());
  if (message.about) to.number(message.about->value());
  to.instant(message.arrived);
  write(to, message.reverse_path);
  to.enumerator(message.return_content);
  to.text(message.envelope_id);
  to.flag(message.is_eight_bit);
  to.flag(message.is_smtp_utf8);
  to.flag(message.has_utf8_header);
  to.enumerator(message.tls_wish);
  to.flag(message.is_bulk);
  to.text(message.client);
  to.text(message.message_id_header);
  to.number(message.size_bytes);
  to.number(message.chunks);
  to.number(message.deliveries);
  to.number(message.open_deliveries);
  to.optional_instant(message.delay_notice_at);
  return std::move(to).finish();
}

Result<Message> decode_message(MessageId id, std::string_view record) {
  auto from = RecordReader::open(record, message_version);
  if (!from) return Error{Fault::corrupt, "message " + id.to_string() + ": " + from.error().what};
  Message message{.id = id};
  message.kind = from->enumerator(MessageKind::mail, MessageKind::postmaster_notice);
  if (from->flag()) message.about = MessageId(from->number());
  message.arrived = from->instant();
  message.reverse_path = read_reverse_path(*from);
  message.return_content = from->enumerator(mail::Return::unspecified, mail::Return::full);
  message.envelope_id = from->text();
  message.is_eight_bit = from->flag();
  if (from->version() >= 2) message.is_smtp_utf8 = from->flag();
  if (from->version() >= 2) message.has_utf8_header = from->flag();
  if (from->version() >= 3) {
    message.tls_wish = from->enumerator(mail::TlsWish::as_usual, mail::TlsWish::not_required);
  }
  message.is_bulk = from->flag();
  message.client = from->text();
  message.message_id_header = from->text();
  message.size_bytes = from->number();
  message.chunks = from->number_of<std::uint32_t>();
  message.deliveries = from->number_of<std::uint16_t>();
  message.open_deliveries = from->number_of<std::uint16_t>();
  message.delay_notice_at = from->optional_instant();
  if (!is_whole(*from)) {
    return Error{Fault::corrupt, "message " + id.to_string() + ": record does not decode"};
  }
  return message;
}

std::string encode(const Delivery& delivery) {
  RecordWriter to(delivery_version);
  to.text(delivery.domain);
  to.number(delivery.recipients.size());
  for (const auto& one : delivery.recipients)
    write(to, one);
  to.number(delivery.attempts);
  to.number(delivery.uncounted);
  to.optional_instant(delivery.attempted);
  to.instant(delivery.due);
  to.instant(delivery.expires);
  to.text(delivery.rule);
  to.enumerator(delivery.series);
  to.number(delivery.position);
  to.duration(delivery.wait);
  write(to, delivery.terms);
  to.optional_instant(delivery.greylist_anchor);
  to.optional_instant(delivery.pending_until);
  write(to, delivery.greylist);
  to.enumerator(delivery.reply_class);
  write(to, delivery.affinity);
  to.flag(delivery.dot_sent.has_value());
  if (delivery.dot_sent) write(to, *delivery.dot_sent);
  to.flag(delivery.is_in_doubt);
  to.flag(delivery.is_held);
  to.enumerator(delivery.moved_by);
  to.optional_instant(delivery.undeliverable_since);
  return std::move(to).finish();
}

Result<Delivery> decode_delivery(DeliveryId id, std::string_view record) {
  auto from = RecordReader::open(record, delivery_version);
  if (!from) return Error{Fault::corrupt, "delivery " + id.to_string() + ": " + from.error().what};
  Delivery delivery{.id = id};
  delivery.domain = from->text();
  // A zero byte would end the domain early in the index by domain.
  if (delivery.domain.empty() || delivery.domain.find('\0') != std::string::npos) from->fail();
  delivery.recipients = read_recipients(*from, delivery.domain);
  delivery.attempts = from->number_of<std::uint32_t>();
  delivery.uncounted = from->number_of<std::uint32_t>();
  delivery.attempted = from->optional_instant();
  delivery.due = from->instant();
  delivery.expires = from->instant();
  delivery.rule = from->text();
  delivery.series = from->enumerator(Series::retry, Series::greylist);
  delivery.position = from->number_of<std::uint32_t>();
  delivery.wait = from->duration();
  if (from->version() >= 3) delivery.terms = read_due_terms(*from);
  delivery.greylist_anchor = from->optional_instant();
  if (from->version() >= 2) delivery.pending_until = from->optional_instant();
  if (from->version() >= 3) delivery.greylist = read_greylist_run(*from);
  delivery.reply_class = from->enumerator(mail::ReplyClass::unknown, mail::ReplyClass::tls);
  delivery.affinity = read_affinity(*from);
  if (from->flag()) delivery.dot_sent = read_dot_sent(*from, delivery.recipients.size());
  delivery.is_in_doubt = from->flag();
  delivery.is_held = from->flag();
  if (from->version() >= 4) {
    delivery.moved_by = from->enumerator(Mover::nobody, Mover::stood_back);
  }
  if (from->version() >= 5) delivery.undeliverable_since = from->optional_instant();
  if (!is_whole(*from)) {
    return Error{Fault::corrupt, "delivery " + id.to_string() + ": record does not decode"};
  }
  return delivery;
}

}  // namespace greyhound::queue
