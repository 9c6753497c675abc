#include "queue/queue_reader.hpp"

#include <charconv>

#include "queue/record_codec.hpp"
#include "queue/rocks_cursor.hpp"
#include "queue/side_records.hpp"

namespace greyhound::queue {
namespace {

constexpr std::size_t most_page_bytes = 1 << 20;  // of records; what they take in memory is more

// Below the floor there is nothing but deletion markers.
KeyRange above(const IndexFloor& floor, KeyRange range) {
  auto lowest = floor.key();
  if (lowest > range.first) range.first = std::move(lowest);
  return range;
}

}  // namespace

Result<std::vector<DueEntry>> QueueReader::due(std::optional<DuePosition> after,
                                               Instant until,
                                               std::size_t limit) const {
  return entries(Family::due, above(floors_.due, due_keys(after, until)), limit, parse_due_entry);
}

Result<std::vector<DueEntry>> QueueReader::due_in_domain(const std::string& domain,
                                                         std::optional<DuePosition> after,
                                                         Instant until,
                                                         std::size_t limit) const {
  const auto range = domain_due_keys(domain, after, until);
  return entries(Family::domains, range, limit, parse_domain_due_entry);
}

Result<std::vector<DueEntry>> QueueReader::expired(std::optional<DuePosition> after,
                                                   Instant until,
                                                   std::size_t limit) const {
  const auto range = above(floors_.expiry, due_keys(after, until));
  return entries(Family::expiry, range, limit, parse_due_entry);
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
  if (auto scanned = database_.scan(family, range, visit, reach_); !scanned) {
    return scanned.error();
  }
  return found;
}

// The message first: it goes in the batch in which its last delivery goes, so a delivery that is
// still there when its message was not is an orphan, not one that closed in between.
Result<LoadedDelivery> QueueReader::load(DeliveryId id) const {
  auto its_message = message(id.message);
  if (!its_message && its_message.error().fault != Fault::not_found) return its_message.error();
  const auto record = database_.get(Family::deliveries, delivery_key(id), reach_);
  if (!record) return looked_for("delivery " + id.to_string(), record.error());
  if (!its_message) {
    return logged(Error{Fault::corrupt, "delivery " + id.to_string() + ": its message is missing"});
  }
  auto decoded = delivery(id, *record);
  if (!decoded) return logged(decoded.error());
  return LoadedDelivery{std::move(*its_message), std::move(*decoded)};
}

void QueueReader::bring_to_hand(DeliveryId id) const {
  (void)database_.get(Family::messages, message_key(id.message), reach_);
  (void)database_.get(Family::deliveries, delivery_key(id), reach_);
}

Result<LoadedMessage> QueueReader::load_message(MessageId id) const {
  auto found = message(id);
  if (!found) return found.error();
  LoadedMessage loaded{std::move(*found), {}};
  const auto visit = [&](std::string_view key, std::string_view record) {
    const auto delivery_id = parse_delivery_key(key);
    auto decoded = delivery_id
                       ? delivery(*delivery_id, record)
                       : Result<Delivery>(Error{Fault::corrupt, "delivery with a malformed key"});
    if (decoded) {
      loaded.deliveries.push_back(std::move(*decoded));
    } else {
      (void)logged(decoded.error());
    }
    return true;
  };
  auto scanned = database_.scan(Family::deliveries, keys_of_message(id), visit);
  if (!scanned) return scanned.error();
  return loaded;
}

Result<std::string> QueueReader::chunk(MessageId id, std::uint32_t number) const {
  auto bytes = database_.get(Family::bodies, chunk_key(id, number), reach_);
  if (bytes) return bytes;
  if (bytes.error().fault == Fault::corrupt) return logged(bytes.error());
  return looked_for("chunk " + std::to_string(number) + " of " + id.to_string(), bytes.error());
}

// Walks along the messages as a scan of the deliveries goes on: both are in the order of their ids,
// and a look-up for each would cost more than all the rest.
class MessagesAlongside {
 public:
  MessagesAlongside(const RocksDatabase& database, MessageId first)
      : messages_(database, Family::messages, {message_key(first), all_keys().end}) {}

  // Ids only grow from call to call. nullopt: it closed meanwhile, or cannot be read.
  const std::optional<Message>& at(MessageId id) {
    if (last_ == id) return message_;
    last_ = id;
    message_.reset();
    const auto key = message_key(id);
    while (!messages_.is_at_end() && messages_.key() < key)
      messages_.next();
    if (messages_.is_at_end() || messages_.key() != key || !messages_.is_readable())
      return message_;
    if (auto decoded = decode_message(id, messages_.value())) message_ = std::move(*decoded);
    return message_;
  }

 private:
  RocksCursor messages_;
  std::optional<MessageId> last_;
  std::optional<Message> message_;
};

Result<ListPage> QueueReader::list(std::optional<DeliveryId> after, std::size_t limit) const {
  ListPage page;
  if (limit == 0) return page;
  MessagesAlongside messages(database_, after ? after->message : MessageId(0));
  const auto take = [&](Delivery delivery) {
    const auto& message = messages.at(delivery.id.message);
    if (message) page.deliveries.push_back(LoadedDelivery{*message, std::move(delivery)});
    return page.deliveries.size() < limit;
  };
  auto next = walk(after, take);
  if (!next) return next.error();
  page.next = *next;
  return page;
}

Result<DeliveryPage> QueueReader::deliveries(std::optional<DeliveryId> after,
                                             std::size_t limit) const {
  DeliveryPage page;
  if (limit == 0) return page;
  const auto take = [&](Delivery delivery) {
    const auto id = delivery.id.message;
    auto arrived = id.made();
    if (id.is_delay_notice()) {  // it came later than the id it shares with what it is about
      const auto notice = message(id);
      if (!notice) return true;
      arrived = notice->arrived;
    }
    page.deliveries.push_back(ListedDelivery{arrived, std::move(delivery)});
    return page.deliveries.size() < limit;
  };
  auto next = walk(after, take);
  if (!next) return next.error();
  page.next = *next;
  return page;
}

Result<std::optional<DeliveryId>> QueueReader::walk(std::optional<DeliveryId> after,
                                                    const Take& take) const {
  std::optional<DeliveryId> next;
  std::optional<DeliveryId> last_id;
  std::size_t bytes = 0;
  bool wants_more = true;
  const auto visit = [&](std::string_view key, std::string_view record) {
    if (!wants_more || bytes >= most_page_bytes) {
      next = last_id;
      return false;
    }
    const auto id = parse_delivery_key(key);
    if (!id) {
      log_bad_key(Family::deliveries, key);
      return true;
    }
    last_id = id;
    bytes += record.size();
    auto decoded = delivery(*id, record);
    if (decoded) {
      wants_more = take(std::move(*decoded));
    } else {
      (void)logged(decoded.error());
    }
    return true;
  };
  auto scanned = database_.scan_once(Family::deliveries, deliveries_after(after), visit);
  if (!scanned) return scanned.error();
  return next;
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

Result<QuarantinePage> QueueReader::quarantined(std::optional<DeliveryId> after,
                                                std::size_t limit) const {
  QuarantinePage page;
  const auto visit = [&](std::string_view key, std::string_view value) {
    if (page.deliveries.size() >= limit) {
      if (limit > 0) page.next = page.deliveries.back().id;
      return false;
    }
    const auto parsed = parse_quarantine_key(key);
    const auto id = parsed ? parse_delivery_key(parsed->key) : std::nullopt;
    const auto record = decode_quarantine_record(value);
    if (!id || !record) {
      log_bad_key(Family::quarantine, key);
    } else {
      page.deliveries.push_back({.id = *id, .at = record->at, .why = record->why});
    }
    return true;
  };
  auto scanned = database_.scan(Family::quarantine, quarantined_deliveries(after), visit);
  if (!scanned) return scanned.error();
  return page;
}

Result<LedgerPage> QueueReader::ledger(std::optional<LedgerPosition> after,
                                       std::size_t limit) const {
  LedgerPage page;
  const auto visit = [&](std::string_view key, std::string_view value) {
    if (page.lines.size() >= limit) {
      if (limit > 0) page.next = page.lines.back().position;
      return false;
    }
    const auto position = parse_ledger_key(key);
    if (!position) {
      log_bad_key(Family::ledger, key);
      return true;
    }
    auto line = decode_ledger_line(*position, value);
    if (line) {
      page.lines.push_back(std::move(*line));
    } else {
      (void)logged(line.error());
    }
    return true;
  };
  auto scanned = database_.scan(Family::ledger, ledger_keys(after), visit);
  if (!scanned) return scanned.error();
  return page;
}

// A record that does not decode is knowledge lost, not mail: as of a stranger.
Result<SiteFacts> QueueReader::site(const std::string& name) const {
  SiteFacts stranger{.site = name};
  const auto record = database_.get(Family::sites, name, reach_);
  if (!record && record.error().fault == Fault::not_found) return stranger;
  if (!record) return record.error();
  auto facts = decode_site_facts(name, *record);
  if (facts) return facts;
  (void)logged(facts.error());
  return stranger;
}

Result<std::vector<SiteFacts>> QueueReader::sites(const std::string& after,
                                                  std::size_t limit) const {
  std::vector<SiteFacts> found;
  const auto visit = [&](std::string_view site, std::string_view record) {
    if (found.size() >= limit) return false;
    auto facts = decode_site_facts(std::string(site), record);
    if (facts) {
      found.push_back(std::move(*facts));
    } else {
      (void)logged(facts.error());
    }
    return true;
  };
  auto scanned = database_.scan(Family::sites, keys_behind(after), visit);
  if (!scanned) return scanned.error();
  return found;
}

// A time that does not decode suspends all the same.
Result<std::vector<Suspension>> QueueReader::suspensions() const {
  std::vector<Suspension> found;
  const auto visit = [&found](std::string_view key, std::string_view value) {
    Duration::rep since_us = 0;
    std::from_chars(value.data(), value.data() + value.size(), since_us);
    found.push_back({std::string(suspended_name(key)), Instant(Duration(since_us))});
    return true;
  };
  auto scanned = database_.scan(Family::meta, suspension_keys(), visit);
  if (!scanned) return scanned.error();
  return found;
}

Result<Message> QueueReader::message(MessageId id) const {
  const auto record = database_.get(Family::messages, message_key(id), reach_);
  if (!record) return looked_for("message " + id.to_string(), record.error());
  auto decoded = decode_message(id, *record);
  if (!decoded) return logged(decoded.error());
  return decoded;
}

Result<Delivery> QueueReader::delivery(DeliveryId id, std::string_view record) const {
  auto decoded = decode_delivery(id, record);
  if (!decoded || marks_ == nullptr) return decoded;
  if (const auto sent = marks_->of(*decoded)) add_dot_sent(*decoded, *sent);
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
