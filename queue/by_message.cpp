#include "queue/by_message.hpp"

namespace greyhound::queue {
namespace {

// Of what `family` says about one message; nullopt: no key of ours.
std::optional<MessageId> id_in(Family family, std::string_view key) {
  constexpr std::size_t id_bytes = 8;
  constexpr std::size_t chunk_bytes = 4;
  switch (family) {
    case Family::bodies:
      if (key.size() != id_bytes + chunk_bytes) return std::nullopt;
      return parse_message_key(key.substr(0, id_bytes));
    case Family::deliveries: {
      const auto id = parse_delivery_key(key);
      return id ? std::optional(id->message) : std::nullopt;
    }
    default:
      return parse_message_key(key);
  }
}

}  // namespace

Result<std::optional<MessageId>> ByMessage::id() {
  const std::string name(to_string(family_));
  for (; !cursor_.is_at_end(); cursor_.next()) {
    const auto found = id_in(family_, cursor_.key());
    const bool is_blob = family_ == Family::bodies && found;
    if (!cursor_.is_readable() && !is_blob) {
      const auto to = found ? found->to_string() : hex(cursor_.key());
      parts_.findings.add(
          Finding::stretch_unreadable, name, "up to " + to + ": " + cursor_.failure().what);
      continue;
    }
    if (found) return found;
    parts_.findings.add(Finding::key_malformed, hex(cursor_.key()), name + ": no key of ours");
    auto put = parts_.repairs.quarantine(family_, cursor_.key(), cursor_.value(), "malformed key");
    if (!put) return put.error();
    count();
  }
  return std::optional<MessageId>();
}

void ByMessage::next() {
  count();
  cursor_.next();
}

void ByMessage::count() {
  ++parts_.findings.report().entries[static_cast<std::size_t>(family_)];
  parts_.findings.step();
}

std::optional<DeliveryId> QuarantinedDeliveries::id() {
  for (; !cursor_.is_at_end(); cursor_.next()) {
    const auto place = parse_quarantine_key(cursor_.key());
    const auto found = place ? parse_delivery_key(place->key) : std::nullopt;
    if (found && cursor_.is_readable()) return found;
  }
  return std::nullopt;
}

}  // namespace greyhound::queue
