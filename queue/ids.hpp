// Ids of messages and deliveries. A message id is one positive 64-bit number that grows with time,
// so that records lie on disk in order of arrival and a bigint column could hold it.
// Layout:  44 bits milliseconds since 1970, 16 bits sequence, 4 bits role (0: a message as it was
//          handed in; 1: the delay notice about the message whose other bits it shares).
// Errors:  parse functions give nullopt.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/clock.hpp"

namespace greyhound::queue {

class MessageId {
 public:
  static constexpr std::size_t text_length = 13;  // Crockford's base 32, upper case

  constexpr explicit MessageId(std::uint64_t value) : value_(value) {}
  static MessageId first_at(Instant instant);  // the smallest id of that millisecond
  static std::optional<MessageId> parse(std::string_view text);  // 13 characters, either case

  constexpr std::uint64_t value() const { return value_; }
  Instant made() const;  // to the millisecond; of a delay notice: that of its message
  std::string to_string() const;

  // The delay notice about this message has this id and no other: the queue cannot hold two.
  MessageId delay_notice() const { return MessageId((value_ & ~role_mask) | 1); }
  bool is_delay_notice() const { return (value_ & role_mask) != 0; }
  MessageId next() const { return MessageId((value_ | role_mask) + 1); }  // role 0 again

  friend constexpr auto operator<=>(MessageId, MessageId) = default;

 private:
  static constexpr std::uint64_t role_mask = 0xf;
  std::uint64_t value_;
};

// The ids whose text starts with `prefix` (1 to 13 characters), as an inclusive range.
struct MessageIdRange {
  MessageId first;
  MessageId last;
};
std::optional<MessageIdRange> ids_starting_with(std::string_view prefix);

// One message to one destination domain (at most 100 recipients): the unit of retry.
struct DeliveryId {
  MessageId message;
  std::uint16_t number;  // from 1

  std::string to_string() const;  // "01JD3K5M7N9QR-1"
  static std::optional<DeliveryId> parse(std::string_view text);
  friend constexpr auto operator<=>(const DeliveryId&, const DeliveryId&) = default;
};

}  // namespace greyhound::queue

template <>
struct std::hash<greyhound::queue::MessageId> {
  std::size_t operator()(const greyhound::queue::MessageId& id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value());
  }
};

template <>
struct std::hash<greyhound::queue::DeliveryId> {
  std::size_t operator()(const greyhound::queue::DeliveryId& id) const noexcept {
    return std::hash<std::uint64_t>{}(id.message.value() * 1021 + id.number);
  }
};
