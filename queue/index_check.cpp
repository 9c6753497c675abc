// The second part of an integrity pass: the indexes by time. Each is read once, and if its digest
// is what the deliveries say, all is well. If not, both sides are gone through entry by entry.
#include "queue/integrity_pass.hpp"
#include "queue/record_codec.hpp"

namespace greyhound::queue {
namespace {

struct Index {
  Family family;
  const char* floor;  // of its entry in meta; nullptr: it has none
};
constexpr Index indexes[] = {
    {Family::due, "due_floor"}, {Family::expiry, "expiry_floor"}, {Family::domains, nullptr}};

const Digest& expected_of(Family family, const IndexDigests& expected) {
  if (family == Family::due) return expected.due;
  return family == Family::expiry ? expected.expiry : expected.domains;
}

std::optional<DueEntry> parse_entry(Family family, std::string_view key, std::string_view value) {
  return family == Family::domains ? parse_domain_due_entry(key, value)
                                   : parse_due_entry(key, value);
}

// Entries of schema 1 tell nothing but the domain, and stay until the next attempt.
bool is_right_value(Family family, const Delivery& delivery, std::string_view value) {
  if (value == index_entry(family, delivery).value) return true;
  return value == (family == Family::domains ? std::string() : delivery.domain);
}

class IndexCheck {
 public:
  IndexCheck(const PassParts& parts, Index index)
      : parts_(parts), index_(index), name_(to_string(index.family)) {}

  Result<> run(const Digest& expected) {
    const auto found = read();
    if (found != expected) {
      if (auto checked = check_entries(); !checked) return checked;
      if (auto checked = check_deliveries(); !checked) return checked;
      if (auto flushed = parts_.repairs.flush(); !flushed) return flushed;
    }
    return check_floor();
  }

 private:
  Digest read();
  Result<> check_entries();
  Result<> check_entry(RocksCursor& entry);
  Result<> check_deliveries();
  Result<> check_delivery(const Delivery& delivery);
  Result<> check_floor();

  const PassParts& parts_;
  const Index index_;
  const std::string name_;
};

Digest IndexCheck::read() {
  parts_.findings.begin(to_string(index_.family));
  Digest found;
  for (RocksCursor entry(parts_.database, index_.family); !entry.is_at_end(); entry.next()) {
    if (!entry.is_readable()) {
      parts_.findings.add(Finding::stretch_unreadable, name_, entry.failure().what);
      continue;
    }
    found.add(entry.key(), entry.value());
    parts_.findings.step();
  }
  parts_.findings.report().entries[static_cast<std::size_t>(index_.family)] = found.count();
  return found;
}

Result<> IndexCheck::check_entries() {
  for (RocksCursor entry(parts_.database, index_.family); !entry.is_at_end(); entry.next()) {
    if (!entry.is_readable()) continue;
    if (auto checked = check_entry(entry); !checked) return checked;
    parts_.findings.step();
  }
  return {};
}

// A wrong value is found from the delivery's side.
Result<> IndexCheck::check_entry(RocksCursor& entry) {
  std::optional<DueEntry> parsed = parse_entry(index_.family, entry.key(), "");
  if (!parsed) {
    parts_.findings.add(Finding::key_malformed, hex(entry.key()), name_ + ": no key of ours");
    return parts_.repairs.erase(index_.family, entry.key());
  }
  const auto id = parsed->position.id;
  const auto record = parts_.database.get(Family::deliveries, delivery_key(id));
  if (!record && record.error().fault == Fault::disk) return record.error();
  std::string why = "there is no such delivery";
  if (record) {
    const auto delivery = decode_delivery(id, *record);
    if (!delivery) {
      why = "its delivery cannot be read";
    } else if (delivery->is_held) {
      why = "its delivery is held";
    } else if (index_entry(index_.family, *delivery).key != entry.key()) {
      why = "its delivery is in another place";
    } else {
      return {};
    }
  }
  parts_.findings.add(Finding::entry_without_delivery, id.to_string(), name_ + ": " + why);
  return parts_.repairs.erase(index_.family, entry.key());
}

Result<> IndexCheck::check_deliveries() {
  for (RocksCursor entry(parts_.database, Family::deliveries); !entry.is_at_end(); entry.next()) {
    const auto id = parse_delivery_key(entry.key());
    if (!id || !entry.is_readable()) continue;
    const auto delivery = decode_delivery(*id, entry.value());
    if (!delivery || delivery->is_held) continue;
    if (auto checked = check_delivery(*delivery); !checked) return checked;
    parts_.findings.step();
  }
  return {};
}

Result<> IndexCheck::check_delivery(const Delivery& delivery) {
  const auto [key, value] = index_entry(index_.family, delivery);
  const auto found = parts_.database.get(index_.family, key);
  if (found && is_right_value(index_.family, delivery, *found)) return {};
  if (!found && found.error().fault == Fault::disk) return found.error();
  const auto id = delivery.id.to_string();
  if (found) {
    parts_.findings.add(Finding::entry_wrong, id, name_ + ": does not tell what its delivery does");
  } else {
    parts_.findings.add(Finding::entry_missing, id, name_ + ": would never be found there");
  }
  return parts_.repairs.put(index_.family, key, value);
}

// Nobody looks below the floor, so what is there would never be tried.
Result<> IndexCheck::check_floor() {
  if (index_.floor == nullptr) return {};
  const auto floor = parts_.database.get(Family::meta, index_.floor);
  if (!floor && floor.error().fault == Fault::not_found) return {};
  if (!floor) return floor.error();
  const auto first = parts_.database.first_key(index_.family, all_keys());
  if (!first && first.error().fault == Fault::disk) return first.error();
  const auto lowest = first ? first->value_or("") : std::string();
  const bool is_floor = floor->empty() || parse_due_key(*floor);
  if (is_floor && (lowest.empty() || *floor <= lowest)) return {};
  parts_.findings.add(Finding::floor_too_high,
                      index_.floor,
                      is_floor ? "there are entries below it" : "it does not decode");
  return parts_.repairs.put(Family::meta, index_.floor, lowest);
}

}  // namespace

Result<> check_indexes(const PassParts& parts, const IndexDigests& expected) {
  if (auto flushed = parts.repairs.flush(); !flushed) return flushed;
  for (const auto& index : indexes) {
    IndexCheck check(parts, index);
    if (auto checked = check.run(expected_of(index.family, expected)); !checked) return checked;
  }
  return parts.repairs.flush();
}

}  // namespace greyhound::queue
