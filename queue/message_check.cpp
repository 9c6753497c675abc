// The first part of an integrity pass: messages with their content and their deliveries, one
// message at a time.
#include <algorithm>
#include <array>

#include "queue/by_message.hpp"
#include "queue/dot_marks.hpp"
#include "queue/integrity_pass.hpp"
#include "queue/record_codec.hpp"

namespace greyhound::queue {
namespace {

std::uint32_t chunk_number(std::string_view key) {
  return read_be32(key.substr(key.size() - 4));
}

// What a message turned out to be while its parts were looked at.
struct Seen {
  MessageId id;
  std::optional<Message> message = {};
  std::string record = {};
  bool has_record = false;
  bool is_incoming = false;
  bool has_chunks = false;   // one at least that can be read
  std::string useless = {};  // why none of it can be delivered; empty: it can
  std::uint64_t deliveries = 0;
  std::uint64_t quarantined = 0;
  std::uint16_t highest_number = 0;
};

class MessageCheck {
 public:
  explicit MessageCheck(const PassParts& parts)
      : parts_(parts),
        messages_(Family::messages, parts),
        bodies_(Family::bodies, parts),
        deliveries_(Family::deliveries, parts),
        incoming_(Family::incoming, parts),
        quarantine_(parts),
        marks_(DotMarks::read(parts.settings.folder / DotMarks::file_name)) {}

  Result<MessagesSeen> run();

 private:
  Result<std::optional<MessageId>> lowest();
  Result<> check(MessageId id);
  Result<> look_at_record(Seen& seen);
  Result<> look_at_incoming(Seen& seen);
  Result<> look_at_content(Seen& seen);
  Result<bool> look_at_chunk(const Seen& seen, std::uint64_t& bytes);
  Result<> keep_orphan(const Seen& seen);
  Result<> look_at_deliveries(Seen& seen);
  void count_quarantined_before(Seen& seen, DeliveryId end);
  Result<> look_at_delivery(Seen& seen, DeliveryId id);
  Result<> end(const Seen& seen);
  Result<bool> is_in_quarantine(MessageId id) const;
  void count(Delivery delivery);
  void expect(const Delivery& delivery);

  const PassParts& parts_;
  ByMessage messages_;
  ByMessage bodies_;
  ByMessage deliveries_;
  ByMessage incoming_;
  QuarantinedDeliveries quarantine_;
  const DotMarks marks_;  // of attempts that were cut off
  std::unique_ptr<RocksDatabase> second_look_;
  MessagesSeen result_;

  bool is_here(Result<std::optional<MessageId>> found, MessageId id) const {
    return found && *found == id;
  }
  Result<std::string> read_again(MessageId id, std::string_view key, const Error& first);
};

Result<MessagesSeen> MessageCheck::run() {
  parts_.findings.begin("messages");
  for (;;) {
    const auto found = lowest();
    if (!found) return found.error();
    const auto id = *found;
    if (!id) break;
    if (auto checked = check(*id); !checked) return checked.error();
  }
  return result_;
}

Result<std::optional<MessageId>> MessageCheck::lowest() {
  std::optional<MessageId> found;
  for (auto* family : {&messages_, &bodies_, &deliveries_, &incoming_}) {
    const auto next = family->id();
    if (!next) return next.error();
    const auto id = *next;
    if (id && (!found || *id < *found)) found = id;
  }
  const auto quarantined = quarantine_.id();
  if (quarantined && (!found || quarantined->message < *found)) found = quarantined->message;
  return found;
}

Result<> MessageCheck::check(MessageId id) {
  Seen seen{.id = id};
  auto done = look_at_record(seen);
  if (done) done = look_at_incoming(seen);
  if (done) done = look_at_content(seen);
  if (done) done = look_at_deliveries(seen);
  if (done) done = end(seen);
  const bool is_real = seen.has_record || seen.is_incoming || seen.has_chunks ||
                       seen.deliveries > 0 || seen.quarantined > 0;
  if (is_real) result_.highest = std::max(result_.highest, id);
  return done;
}

Result<> MessageCheck::look_at_record(Seen& seen) {
  if (!is_here(messages_.id(), seen.id)) {
    seen.useless = "its message is missing";
    return {};
  }
  seen.has_record = true;
  auto& entry = messages_.entry();
  seen.record = entry.value();
  auto message = decode_message(seen.id, entry.value());
  Result<> done;
  if (message) {
    seen.message = std::move(*message);
  } else {
    seen.useless = "its message cannot be read";
    parts_.findings.add(Finding::message_unreadable, seen.id.to_string(), message.error().what);
    done = parts_.repairs.quarantine(
        Family::messages, entry.key(), entry.value(), message.error().what);
  }
  messages_.next();
  return done;
}

Result<> MessageCheck::look_at_incoming(Seen& seen) {
  if (!is_here(incoming_.id(), seen.id)) return {};
  seen.is_incoming = true;
  Result<> done;
  if (seen.has_record) {
    parts_.findings.add(Finding::incoming_claimed,
                        seen.id.to_string(),
                        "is marked as coming in, but it is in the queue");
    done = parts_.repairs.erase(Family::incoming, incoming_.entry().key());
  }
  incoming_.next();
  return done;
}

// A message none of whose deliveries could use it is not asked for its content any more.
Result<> MessageCheck::look_at_content(Seen& seen) {
  std::uint32_t expected = 0;  // the number of the next chunk
  std::uint64_t bytes = 0;
  const bool is_needed = seen.message && is_here(deliveries_.id(), seen.id);
  std::string trouble;
  for (; is_here(bodies_.id(), seen.id); bodies_.next()) {
    const auto number = chunk_number(bodies_.entry().key());
    seen.has_chunks = seen.has_chunks || bodies_.entry().is_readable();
    if (!seen.message || number >= seen.message->chunks) {
      if (auto kept = keep_orphan(seen); !kept) return kept;
      continue;
    }
    if (number != expected && trouble.empty())
      trouble = "chunk " + std::to_string(expected) + " is missing";
    expected = number + 1;
    const auto is_readable = look_at_chunk(seen, bytes);
    if (!is_readable) return is_readable.error();
    if (!*is_readable) seen.useless = "its content cannot be read";
  }
  if (!seen.message) return {};
  parts_.findings.report().content_bytes += bytes;
  if (!is_needed || !seen.useless.empty()) return {};
  if (trouble.empty() && expected != seen.message->chunks)
    trouble = "chunk " + std::to_string(expected) + " is missing";
  if (!trouble.empty()) {
    parts_.findings.add(Finding::content_missing, seen.id.to_string(), trouble);
  } else if (bytes != seen.message->size_bytes) {
    trouble = std::to_string(bytes) + " bytes of content instead of " +
              std::to_string(seen.message->size_bytes);
    parts_.findings.add(Finding::content_size_wrong, seen.id.to_string(), trouble);
  }
  seen.useless = trouble;
  return {};
}

// False: it cannot be read, and a repair takes it out: a compaction that comes to it would fail,
// and with it every later write.
Result<bool> MessageCheck::look_at_chunk(const Seen& seen, std::uint64_t& bytes) {
  auto& entry = bodies_.entry();
  if (entry.is_readable()) {
    bytes += entry.value().size();
    return true;
  }
  const auto again = read_again(seen.id, entry.key(), entry.failure());
  if (again) {
    bytes += again->size();
    return true;
  }
  if (again.error().fault == Fault::not_found) return true;  // the message has left meanwhile
  parts_.findings.add(
      Finding::content_unreadable,
      seen.id.to_string(),
      "chunk " + std::to_string(chunk_number(entry.key())) + ": " + again.error().what);
  if (auto erased = parts_.repairs.erase(Family::bodies, entry.key()); !erased)
    return erased.error();
  return false;
}

// Next to a running agent a blob file may be rewritten and go before it is read; then the queue is
// opened once more, as it is by now.
Result<std::string> MessageCheck::read_again(MessageId id,
                                             std::string_view key,
                                             const Error& first) {
  if (parts_.repairs.is_on() || first.fault != Fault::disk) return first;
  for (const bool is_fresh : {false, true}) {
    if (is_fresh || !second_look_) {
      auto opened = RocksDatabase::open(parts_.settings, OpenMode::read_only);
      if (!opened) return first;
      second_look_ = std::move(*opened);
    }
    if (const auto message = second_look_->get(Family::messages, message_key(id)); !message)
      return message.error();
    if (auto bytes = second_look_->get(Family::bodies, key)) return bytes;
  }
  return first;
}

// Content whose message is in quarantine or still coming in lies where it belongs.
Result<> MessageCheck::keep_orphan(const Seen& seen) {
  if (seen.is_incoming && !seen.has_record) return {};
  if (seen.has_record && !seen.message) return {};
  if (!seen.has_record) {
    const auto is_kept = is_in_quarantine(seen.id);
    if (!is_kept) return is_kept.error();
    if (*is_kept) return {};
  }
  auto& entry = bodies_.entry();
  const auto number = "chunk " + std::to_string(chunk_number(entry.key()));
  if (!entry.is_readable()) {
    parts_.findings.add(
        Finding::content_unreadable, seen.id.to_string(), number + ": " + entry.failure().what);
    return parts_.repairs.erase(Family::bodies, entry.key());
  }
  const auto why = seen.message ? number + " is one too many" : number + " is of no message";
  parts_.findings.add(Finding::content_without_message, seen.id.to_string(), why);
  return parts_.repairs.quarantine(Family::bodies, entry.key(), entry.value(), why);
}

Result<bool> MessageCheck::is_in_quarantine(MessageId id) const {
  const auto place = quarantine_key(to_string(Family::messages), message_key(id));
  const auto record = parts_.database.get(Family::quarantine, place);
  if (!record && record.error().fault != Fault::not_found) return record.error();
  return record.has_value();
}

Result<> MessageCheck::look_at_deliveries(Seen& seen) {
  while (is_here(deliveries_.id(), seen.id)) {
    const auto id = parse_delivery_key(deliveries_.entry().key());
    if (!id) break;  // there are only well-formed ones here
    seen.highest_number = std::max(seen.highest_number, id->number);
    count_quarantined_before(seen, *id);
    if (quarantine_.id() == id) quarantine_.next();  // in both: one delivery all the same
    if (auto done = look_at_delivery(seen, *id); !done) return done;
    deliveries_.next();
  }
  count_quarantined_before(seen, {MessageId(seen.id.value() + 1), 0});
  parts_.findings.report().deliveries.quarantined += seen.quarantined;
  return {};
}

void MessageCheck::count_quarantined_before(Seen& seen, DeliveryId end) {
  for (auto id = quarantine_.id(); id && *id < end; id = quarantine_.id()) {
    seen.highest_number = std::max(seen.highest_number, id->number);
    ++seen.quarantined;
    quarantine_.next();
  }
}

Result<> MessageCheck::look_at_delivery(Seen& seen, DeliveryId id) {
  ++seen.deliveries;
  auto& entry = deliveries_.entry();
  auto delivery = decode_delivery(id, entry.value());
  auto why = seen.useless;
  if (!delivery) {
    why = delivery.error().what;
    parts_.findings.add(Finding::delivery_unreadable, id.to_string(), why);
  } else if (!delivery->has_open_recipients()) {
    why = "it has no open recipient";
    parts_.findings.add(Finding::delivery_closed, id.to_string(), why);
  } else if (!seen.message) {
    parts_.findings.add(Finding::delivery_without_message, id.to_string(), why);
  }
  const bool stays = why.empty() || !parts_.repairs.is_on();
  if (delivery && stays) expect(*delivery);
  if (why.empty()) {
    count(std::move(*delivery));
    return {};
  }
  return parts_.repairs.quarantine(Family::deliveries, entry.key(), entry.value(), why);
}

void MessageCheck::count(Delivery delivery) {
  auto& counts = parts_.findings.report().deliveries;
  if (!delivery.dot_sent) delivery.dot_sent = marks_.of(delivery);
  const auto state = state_name(delivery);
  if (state == "held") {
    ++counts.held;
  } else if (state == "undeliverable") {
    ++counts.undeliverable;
  } else if (state == "in_doubt") {
    ++counts.in_doubt;
  } else if (state == "new") {
    ++counts.fresh;
  } else {
    ++counts.waiting;
  }
}

void MessageCheck::expect(const Delivery& delivery) {
  if (delivery.is_held) return;
  const auto add = [&delivery](Digest& digest, Family family) {
    const auto [key, value] = index_entry(family, delivery);
    digest.add(key, value);
  };
  add(result_.expected.due, Family::due);
  add(result_.expected.expiry, Family::expiry);
  add(result_.expected.domains, Family::domains);
}

// Deliveries in quarantine are open: the message waits for what an operator decides.
Result<> MessageCheck::end(const Seen& seen) {
  if (!seen.message) return {};
  auto message = *seen.message;
  const auto open = seen.deliveries + seen.quarantined;
  const auto key = message_key(seen.id);
  if (open == 0) {
    const std::string why = "it has no delivery";
    parts_.findings.add(Finding::message_without_delivery, seen.id.to_string(), why);
    return parts_.repairs.quarantine(Family::messages, key, seen.record, why);
  }
  const auto made = std::max<std::uint64_t>({message.deliveries, open, seen.highest_number});
  if (open == message.open_deliveries && made == message.deliveries) return {};
  parts_.findings.add(Finding::message_count_wrong,
                      seen.id.to_string(),
                      std::to_string(message.open_deliveries) + " of " +
                          std::to_string(message.deliveries) + " deliveries open on record, " +
                          std::to_string(open) + " found");
  message.open_deliveries = static_cast<std::uint16_t>(open);
  message.deliveries = static_cast<std::uint16_t>(made);
  return parts_.repairs.put(Family::messages, key, encode(message));
}

}  // namespace

Result<MessagesSeen> check_messages(const PassParts& parts) {
  MessageCheck check(parts);
  return check.run();
}

}  // namespace greyhound::queue
