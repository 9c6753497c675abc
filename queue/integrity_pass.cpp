#include "queue/integrity_pass.hpp"

#include <functional>

#include "queue/side_records.hpp"
#include "queue/store_values.hpp"
#include "runtime/must.hpp"

namespace greyhound::queue {

void Findings::add(Finding finding, std::string subject, std::string what) {
  auto& total = report_.totals[static_cast<std::size_t>(finding)];
  if (total++ >= IntegrityReport::most_examples) return;
  report_.examples.push_back({finding, std::move(subject), std::move(what)});
}

void Findings::begin(std::string_view step) {
  progress_ = {.step = std::string(step), .done = 0};
  if (listener_) listener_(progress_);
}

void Findings::step() {
  constexpr std::uint64_t between = 4096;
  if (++progress_.done % between == 0 && listener_) listener_(progress_);
}

RocksBatch& Repairs::batch() {
  if (!batch_) batch_.emplace(database_);
  return *batch_;
}

Result<> Repairs::note_change() {
  constexpr std::uint64_t most_bytes = 256ULL << 10;
  ++count_;
  if (batch().size_bytes() < most_bytes) return {};
  return flush();
}

Result<> Repairs::flush() {
  if (!batch_ || batch_->is_empty()) return {};
  auto written = database_.make_room_in_log(batch_->size_bytes());
  if (written) written = database_.write(*batch_, Durability::synced);
  batch_.reset();
  return written;
}

// A record of the same key may lie there from an earlier repair: it moves, rather than be written
// over.
Result<> Repairs::quarantine(Family family,
                             std::string_view key,
                             std::string_view bytes,
                             const std::string& why) {
  if (!is_on()) return {};
  auto place = quarantine_key(to_string(family), key);
  auto record = encode(QuarantineRecord{.at = now_, .why = why, .bytes = std::string(bytes)});
  batch().erase(family, key);
  for (;;) {
    auto earlier = batch().get(Family::quarantine, place);
    if (!earlier && earlier.error().fault != Fault::not_found) return earlier.error();
    batch().put(Family::quarantine, place, record);
    if (!earlier || *earlier == record) return note_change();
    place = quarantine_key(to_string(Family::quarantine), place);
    record = std::move(*earlier);
  }
}

Result<> Repairs::wrap(std::string_view key, std::string_view bytes, const std::string& why) {
  const QuarantineRecord record{.at = now_, .why = why, .bytes = std::string(bytes)};
  return put(Family::quarantine, key, encode(record));
}

Result<> Repairs::put(Family family, std::string_view key, std::string_view value) {
  if (!is_on()) return {};
  batch().put(family, key, std::string(value));
  return note_change();
}

Result<> Repairs::erase(Family family, std::string_view key) {
  if (!is_on()) return {};
  batch().erase(family, key);
  return note_change();
}

void Digest::add(std::string_view key, std::string_view value) {
  constexpr std::uint64_t odd = 0x9e37'79b9'7f4a'7c15;
  const std::hash<std::string_view> hash;
  const std::uint64_t mixed = (hash(key) * odd) ^ hash(value);
  ++count_;
  sum_ += mixed;
  squares_ += mixed * mixed;
}

IndexEntry index_entry(Family family, const Delivery& delivery) {
  if (family == Family::expiry) {
    const auto entry = expiry_entry_of(delivery);
    return {due_key(entry.position), due_value(entry)};
  }
  const auto entry = due_entry_of(delivery);
  if (family == Family::due) return {due_key(entry.position), due_value(entry)};
  MUST(family == Family::domains);
  return {domain_due_key(entry.domain, entry.position), domain_due_value(entry)};
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 0xf];
  }
  return text;
}

}  // namespace greyhound::queue
