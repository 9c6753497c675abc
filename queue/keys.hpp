// Keys of the queue's column families: the only place that knows their byte order. Big-endian, so
// that bytewise order is the order of ids and of due times. Layout: docs/storage-format.md.
// Errors: parse functions give nullopt for anything that the make functions do not make.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "queue/store.hpp"

namespace greyhound::queue {

// messages, incoming
std::string message_key(MessageId id);
std::optional<MessageId> parse_message_key(std::string_view key);

// bodies
std::string chunk_key(MessageId id, std::uint32_t number);

// deliveries
std::string delivery_key(DeliveryId id);
std::optional<DeliveryId> parse_delivery_key(std::string_view key);

// due, expiry: the value is the domain and what else a DueEntry tells
std::string due_key(const DuePosition& position);
std::optional<DuePosition> parse_due_key(std::string_view key);
std::string due_value(const DueEntry& entry);
std::optional<DueEntry> parse_due_entry(std::string_view key, std::string_view value);

// domains: the domain, a zero byte, then a due key. `domain` holds no zero byte.
std::string domain_due_key(std::string_view domain, const DuePosition& position);
std::string domain_due_value(const DueEntry& entry);
std::optional<DueEntry> parse_domain_due_entry(std::string_view key, std::string_view value);

// ledger
std::string ledger_key(const LedgerPosition& position);
std::optional<LedgerPosition> parse_ledger_key(std::string_view key);

// quarantine: name of the family that the record was in, a zero byte, its key there
std::string quarantine_key(std::string_view family, std::string_view key);
struct QuarantineKey {
  std::string family;
  std::string key;
};
std::optional<QuarantineKey> parse_quarantine_key(std::string_view key);

// Keys with first <= key < end.
struct KeyRange {
  std::string first;
  std::string end;
};
KeyRange all_keys();
KeyRange keys_of_message(MessageId id);  // bodies, deliveries
KeyRange message_keys(MessageIdRange range);
KeyRange deliveries_after(std::optional<DeliveryId> after);
KeyRange due_keys(std::optional<DuePosition> after, Instant until);
KeyRange domain_due_keys(std::string_view domain, std::optional<DuePosition> after, Instant until);
KeyRange ledger_keys(std::optional<LedgerPosition> after);
KeyRange quarantined_deliveries(std::optional<DeliveryId> after);
std::string suspension_key(std::string_view name);  // in meta
KeyRange suspension_keys();
std::string_view suspended_name(std::string_view key);
KeyRange keys_behind(std::string_view key);  // all of a family that come after `key`

// Fixed-width big-endian numbers, as in the keys.
void append_be32(std::string& to, std::uint32_t value);
std::uint32_t read_be32(std::string_view four_bytes);

}  // namespace greyhound::queue
