#include "queue/queue_reader.hpp"

#include "queue/record_codec.hpp"

namespace greyhound::queue {
namespace {

std::optional<DueEntry> parse_due_entry(std::string_view key, std::string_view domain) {
  const auto position = parse_due_key(key);
  if (!position) return std::nullopt;
  return DueEntry{*position, std::string(domain)};
}

std::optional<DueEntry> parse_domain_entry(std::string_view key, std::string_view) {
  return parse_domain_due_key(key);
}

}  // namespace

Result<std::vector<DueEntry>> QueueReader::due(std::optional<DuePosition> after,
                                               Instant until,
                                               std::size_t limit) const {
  return entries(Family::due, due_keys(after, until), limit, parse_due_entry);
}

Result<std::vector<DueEntry>> QueueReader::due_in_domain(const std::string& domain,
                                                         std::optional<DuePosition> after,
                                                         Instant until,
                                                         std::size_t limit) const {
  return entries(Family::domains, domain_due_keys(domain, after, until), limit, parse_domain_entry);
}

Result<std::vector<DueEntry>> QueueReader::expired(Instant until, std::size_t limit) const {
  return entries(Family::expiry, due_keys(std::nullopt, until), limit, parse_due_entry);
}

Result<std::vector<DueEntry>> QueueReader::entries(Family family,
                                                   const KeyRange& range,
                                                   std::size_t limit,
                                                   const ParseEntry& parse) const {
  std::vector<DueEntry> found;
  if (limit == 0) return found;
  const auto visit = [&](std::string_view key, std::string_view value) {
    auto entry = parse(key, value);
    if (entry) {
      found.push_back(std::move(*entry));
    } else {
      log_bad_key(family, key);
    }
    return found.size() < limit;
  };
  if (auto scanned = database_.scan(family, range, visit); !scanned) {
    return scanned.error();
  }
  return found;
}

// The message first: it goes in the batch in which its last delivery goes, so a delivery that is
// still there when its message was not is an orphan, not one that closed in between.
Result<LoadedDelivery> QueueReader::load(DeliveryId id) const {
  auto its_message = message(id.message);
  if (!its_message && its_message.error().fault != Fault::not_found) return its_message.error();
  const auto record = database_.get(Family::deliveries, delivery_key(id));
  if (!record) return looked_for("delivery " + id.to_string(), record.error());
  if (!its_message) {
    return logged(Error{Fault::corrupt, "delivery " + id.to_string() + ": its message is missing"});
  }
  auto delivery = decode_delivery(id, *record);
  if (!delivery) return logged(delivery.error());
  return LoadedDelivery{std::move(*its_message), std::move(*delivery)};
}

Result<LoadedMessage> QueueReader::load_message(MessageId id) const {
  auto found = message(id);
  if (!found) return found.error();
  LoadedMessage loaded{std::move(*found), {}};
  const auto visit = [&](std::string_view key, std::string_view record) {
    const auto delivery_id = parse_delivery_key(key);
    auto delivery = delivery_id
                        ? decode_delivery(*delivery_id, record)
                        : Result<Delivery>(Error{Fault::corrupt, "delivery with a malformed key"});
    if (delivery) {
      loaded.deliveries.push_back(std::move(*delivery));
    } else {
      (void)logged(delivery.error());
    }
    return true;
  };
  auto scanned = database_.scan(Family::deliveries, keys_of_message(id), visit);
  if (!scanned) return scanned.error();
  return loaded;
}

Result<std::string> QueueReader::chunk(MessageId id, std::uint32_t number) const {
  auto bytes = database_.get(Family::bodies, chunk_key(id, number));
  if (bytes) return bytes;
  if (bytes.error().fault == Fault::corrupt) return logged(bytes.error());
  return looked_for("chunk " + std::to_string(number) + " of " + id.to_string(), bytes.error());
}

// A message that is gone by the time it is read closed after the scan began.
Result<ListPage> QueueReader::list(std::optional<DeliveryId> after, std::size_t limit) const {
  ListPage page;
  std::optional<Message> last_message;
  std::optional<DeliveryId> last_id;
  Result<> failure;
  const auto visit = [&](std::string_view key, std::string_view record) {
    if (page.deliveries.size() >= limit) {
      page.next = last_id;
      return false;
    }
    const auto id = parse_delivery_key(key);
    if (!id) {
      log_bad_key(Family::deliveries, key);
      return true;
    }
    last_id = id;
    if (!last_message || last_message->id != id->message) {
      auto next = message(id->message);
      if (!next && next.error().fault == Fault::disk) failure = next.error();
      if (!next) return failure.has_value();  // corrupt or gone: on to the next one
      last_message = std::move(*next);
    }
    auto delivery = decode_delivery(*id, record);
    if (delivery) {
      page.deliveries.push_back(LoadedDelivery{*last_message, std::move(*delivery)});
    } else {
      (void)logged(delivery.error());
    }
    return true;
  };
  auto scanned = database_.scan(Family::deliveries, deliveries_after(after), visit);
  if (!scanned) return scanned.error();
  if (!failure) return failure.error();
  return page;
}

Result<std::vector<MessageId>> QueueReader::find(MessageIdRange range, std::size_t limit) const {
  std::vector<MessageId> found;
  if (limit == 0) return found;
  const auto visit = [&](std::string_view key, std::string_view) {
    if (const auto id = parse_message_key(key)) {
      found.push_back(*id);
    } else {
      log_bad_key(Family::messages, key);
    }
    return found.size() < limit;
  };
  auto scanned = database_.scan(Family::messages, message_keys(range), visit);
  if (!scanned) return scanned.error();
  return found;
}

Result<Message> QueueReader::message(MessageId id) const {
  const auto record = database_.get(Family::messages, message_key(id));
  if (!record) return looked_for("message " + id.to_string(), record.error());
  auto decoded = decode_message(id, *record);
  if (!decoded) return logged(decoded.error());
  return decoded;
}

Error QueueReader::logged(Error error) const {
  log_.error("queue_record_corrupt", {{"what", error.what}});
  return error;
}

void QueueReader::log_bad_key(Family family, std::string_view key) const {
  log_.error("queue_key_corrupt", {{"family", to_string(family)}, {"length", key.size()}});
}

}  // namespace greyhound::queue
