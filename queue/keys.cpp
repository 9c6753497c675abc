#include "queue/keys.hpp"

#include "runtime/must.hpp"

namespace greyhound::queue {

using namespace std::string_view_literals;

namespace {

constexpr std::string_view suspension_prefix = "suspended/";
constexpr std::size_t due_key_length = 8 + 8 + 2;
constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

template <class Number>
void append_big_endian(std::string& to, Number value) {
  for (auto shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) {
    to.push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

// The caller has checked the length.
template <class Number>
Number take_big_endian(std::string_view& from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value = (value << 8) | static_cast<std::uint8_t>(from[i]);
  }
  from.remove_prefix(sizeof(Number));
  return static_cast<Number>(value);
}

// Microseconds since 1970 with the sign bit turned over: instants before 1970 sort first.
void append_instant(std::string& to, Instant instant) {
  const auto since = static_cast<std::uint64_t>(instant.time_since_epoch().count());
  append_big_endian<std::uint64_t>(to, since ^ sign_bit);
}

Instant take_instant(std::string_view& from) {
  const auto since = take_big_endian<std::uint64_t>(from) ^ sign_bit;
  return Instant(Duration(static_cast<std::int64_t>(since)));
}

// Just behind every key that starts with `prefix`, none of which goes on for longer than a due key.
std::string behind(std::string prefix) {
  prefix.append(due_key_length, '\xff');
  return prefix;
}

// What an index tells besides the domain: nothing at all of a delivery that was never tried.
constexpr std::uint8_t hint_is_retry = 1;
constexpr std::uint8_t hint_has_pending = 2;
constexpr std::uint8_t hint_has_keys = 4;
constexpr std::uint8_t all_hints = hint_is_retry | hint_has_pending | hint_has_keys;

void append_hint(std::string& to, const DueEntry& entry, std::string_view before) {
  const auto flags = static_cast<std::uint8_t>((entry.is_retry ? hint_is_retry : 0) |
                                               (entry.pending_until ? hint_has_pending : 0) |
                                               (entry.keys ? hint_has_keys : 0));
  if (flags == 0) return;
  to += before;
  append_big_endian<std::uint8_t>(to, flags);
  if (entry.pending_until) append_instant(to, *entry.pending_until);
  if (!entry.keys) return;
  for (const auto kind : all_key_kinds)
    append_big_endian<std::uint64_t>(to, (*entry.keys)[kind]);
}

// False: not as append_hint() writes it.
bool take_hint(std::string_view from, DueEntry& entry) {
  if (from.empty()) return false;
  const auto flags = take_big_endian<std::uint8_t>(from);
  if (flags == 0 || flags > all_hints) return false;
  entry.is_retry = (flags & hint_is_retry) != 0;
  const bool has_pending = (flags & hint_has_pending) != 0;
  const bool has_keys = (flags & hint_has_keys) != 0;
  if (from.size() != (has_pending ? 8U : 0U) + (has_keys ? 24U : 0U)) return false;
  if (has_pending) entry.pending_until = take_instant(from);
  if (!has_keys) return true;
  entry.keys.emplace();
  for (const auto kind : all_key_kinds)
    (*entry.keys)[kind] = take_big_endian<std::uint64_t>(from);
  return true;
}

// The next possible key in bytewise order.
std::string successor(std::string key) {
  key.push_back('\0');
  return key;
}

std::string domain_prefix(std::string_view domain) {
  MUST(domain.find('\0') == std::string_view::npos);
  std::string prefix(domain);
  prefix.push_back('\0');
  return prefix;
}

}  // namespace

std::string message_key(MessageId id) {
  std::string key;
  append_big_endian<std::uint64_t>(key, id.value());
  return key;
}

std::optional<MessageId> parse_message_key(std::string_view key) {
  if (key.size() != 8) return std::nullopt;
  return MessageId(take_big_endian<std::uint64_t>(key));
}

std::string chunk_key(MessageId id, std::uint32_t number) {
  auto key = message_key(id);
  append_big_endian<std::uint32_t>(key, number);
  return key;
}

std::string delivery_key(DeliveryId id) {
  auto key = message_key(id.message);
  append_big_endian<std::uint16_t>(key, id.number);
  return key;
}

std::optional<DeliveryId> parse_delivery_key(std::string_view key) {
  if (key.size() != 10) return std::nullopt;
  const MessageId message(take_big_endian<std::uint64_t>(key));
  return DeliveryId{message, take_big_endian<std::uint16_t>(key)};
}

std::string due_key(const DuePosition& position) {
  std::string key;
  append_instant(key, position.due);
  key += delivery_key(position.id);
  return key;
}

std::optional<DuePosition> parse_due_key(std::string_view key) {
  if (key.size() != due_key_length) return std::nullopt;
  const auto due = take_instant(key);
  const auto id = parse_delivery_key(key);
  if (!id) return std::nullopt;
  return DuePosition{due, *id};
}

std::string domain_due_key(std::string_view domain, const DuePosition& position) {
  return domain_prefix(domain) + due_key(position);
}

std::string due_value(const DueEntry& entry) {
  std::string value = entry.domain;
  append_hint(value, entry, "\0"sv);
  return value;
}

std::optional<DueEntry> parse_due_entry(std::string_view key, std::string_view value) {
  const auto position = parse_due_key(key);
  if (!position) return std::nullopt;
  const auto end = value.find('\0');
  DueEntry entry{.position = *position, .domain = std::string(value.substr(0, end))};
  if (end != std::string_view::npos && !take_hint(value.substr(end + 1), entry))
    return std::nullopt;
  return entry;
}

std::string domain_due_value(const DueEntry& entry) {
  std::string value;
  append_hint(value, entry, "");
  return value;
}

std::optional<DueEntry> parse_domain_due_entry(std::string_view key, std::string_view value) {
  const auto end = key.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const auto position = parse_due_key(key.substr(end + 1));
  if (!position) return std::nullopt;
  DueEntry entry{.position = *position, .domain = std::string(key.substr(0, end))};
  if (!value.empty() && !take_hint(value, entry)) return std::nullopt;
  return entry;
}

// The key of a due entry, as it happens: an instant, then a delivery.
std::string ledger_key(const LedgerPosition& position) {
  return due_key({position.at, position.delivery});
}

std::optional<LedgerPosition> parse_ledger_key(std::string_view key) {
  const auto parsed = parse_due_key(key);
  if (!parsed) return std::nullopt;
  return LedgerPosition{parsed->due, parsed->id};
}

std::string quarantine_key(std::string_view family, std::string_view key) {
  std::string made(family);
  made.push_back('\0');
  made += key;
  return made;
}

std::optional<QuarantineKey> parse_quarantine_key(std::string_view key) {
  const auto end = key.find('\0');
  if (end == 0 || end == std::string_view::npos) return std::nullopt;
  return QuarantineKey{std::string(key.substr(0, end)), std::string(key.substr(end + 1))};
}

// Ids are below 2^63, so no key is as high as a due key's length of 0xff bytes.
KeyRange all_keys() {
  return {"", behind("")};
}

KeyRange keys_of_message(MessageId id) {
  return {message_key(id), behind(message_key(id))};
}

KeyRange message_keys(MessageIdRange range) {
  return {message_key(range.first), successor(message_key(range.last))};
}

KeyRange deliveries_after(std::optional<DeliveryId> after) {
  return {after ? successor(delivery_key(*after)) : "", behind("")};
}

KeyRange due_keys(std::optional<DuePosition> after, Instant until) {
  std::string last;
  append_instant(last, until);
  return {after ? successor(due_key(*after)) : "", behind(last)};
}

KeyRange domain_due_keys(std::string_view domain, std::optional<DuePosition> after, Instant until) {
  const auto prefix = domain_prefix(domain);
  const auto range = due_keys(after, until);
  return {prefix + range.first, prefix + range.end};
}

KeyRange ledger_keys(std::optional<LedgerPosition> after) {
  return {after ? successor(ledger_key(*after)) : "", behind("")};
}

KeyRange quarantined_deliveries(std::optional<DeliveryId> after) {
  const auto prefix = quarantine_key("deliveries", "");
  return {after ? successor(prefix + delivery_key(*after)) : prefix, behind(prefix)};
}

std::string suspension_key(std::string_view name) {
  return std::string(suspension_prefix) + std::string(name);
}

KeyRange suspension_keys() {
  return {std::string(suspension_prefix), behind(std::string(suspension_prefix))};
}

std::string_view suspended_name(std::string_view key) {
  return key.substr(suspension_prefix.size());
}

KeyRange keys_behind(std::string_view key) {
  return {successor(std::string(key)), behind("")};
}

void append_be32(std::string& to, std::uint32_t value) {
  append_big_endian(to, value);
}

std::uint32_t read_be32(std::string_view four_bytes) {
  MUST(four_bytes.size() == 4);
  return take_big_endian<std::uint32_t>(four_bytes);
}

}  // namespace greyhound::queue
