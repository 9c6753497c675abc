// The last part of an integrity pass: what is not mail.
#include <algorithm>
#include <charconv>

#include "queue/integrity_pass.hpp"
#include "queue/side_records.hpp"

namespace greyhound::queue {
namespace {

// Why a record of the family is of no use; nullopt: it is fine.
std::optional<std::string> trouble_of(Family family, std::string_view key, std::string_view value) {
  if (family == Family::sites) {
    const auto facts = decode_site_facts(std::string(key), value);
    return facts ? std::nullopt : std::optional(facts.error().what);
  }
  if (family == Family::ledger) {
    const auto position = parse_ledger_key(key);
    if (!position) return "ledger: no key of ours";
    const auto line = decode_ledger_line(*position, value);
    return line ? std::nullopt : std::optional(line.error().what);
  }
  if (!parse_quarantine_key(key)) return "quarantine: no key of ours";
  const auto record = decode_quarantine_record(value);
  return record ? std::nullopt : std::optional(record.error().what);
}

std::string subject_of(Family family, std::string_view key) {
  if (family == Family::sites) return std::string(key);
  if (family == Family::ledger) {
    const auto position = parse_ledger_key(key);
    return position ? position->delivery.to_string() : hex(key);
  }
  const auto place = parse_quarantine_key(key);
  return place ? place->family + " " + hex(place->key) : hex(key);
}

Result<> check_family(const PassParts& parts, Family family, Finding finding) {
  parts.findings.begin(to_string(family));
  auto& count = parts.findings.report().entries[static_cast<std::size_t>(family)];
  for (RocksCursor entry(parts.database, family); !entry.is_at_end(); entry.next()) {
    if (!entry.is_readable()) {
      parts.findings.add(
          Finding::stretch_unreadable, std::string(to_string(family)), entry.failure().what);
      continue;
    }
    ++count;
    parts.findings.step();
    const auto trouble = trouble_of(family, entry.key(), entry.value());
    if (!trouble) continue;
    parts.findings.add(finding, subject_of(family, entry.key()), *trouble);
    const bool is_in_place = family == Family::quarantine && parse_quarantine_key(entry.key());
    auto kept = is_in_place
                    ? parts.repairs.wrap(entry.key(), entry.value(), *trouble)
                    : parts.repairs.quarantine(family, entry.key(), entry.value(), *trouble);
    if (!kept) return kept;
  }
  return {};
}

// The highest id that was ever given is not known any more if it does not decode; the highest that
// is still there will do.
Result<> check_last_id(const PassParts& parts, MessageId highest) {
  constexpr std::string_view name = "last_id";
  const auto text = parts.database.get(Family::meta, name);
  if (!text && text.error().fault != Fault::not_found) return text.error();
  const auto stored = text ? *text : std::string("0");
  std::uint64_t value = 0;
  const auto* const end = stored.data() + stored.size();
  const auto [stopped, error] = std::from_chars(stored.data(), end, value);
  const bool is_number = error == std::errc{} && stopped == end;
  if (is_number && value >= highest.value()) return {};
  parts.findings.add(Finding::last_id_too_low,
                     std::string(name),
                     is_number ? "there is the later message " + highest.to_string()
                               : std::string("it does not decode"));
  return parts.repairs.put(Family::meta, name, std::to_string(highest.value()));
}

Result<> count_meta(const PassParts& parts) {
  auto& count = parts.findings.report().entries[static_cast<std::size_t>(Family::meta)];
  for (RocksCursor entry(parts.database, Family::meta); !entry.is_at_end(); entry.next()) {
    if (entry.is_readable()) ++count;
  }
  return {};
}

}  // namespace

Result<> check_side_records(const PassParts& parts, MessageId highest) {
  auto checked = check_family(parts, Family::sites, Finding::site_unreadable);
  if (checked) checked = check_family(parts, Family::ledger, Finding::ledger_unreadable);
  if (checked) checked = check_family(parts, Family::quarantine, Finding::quarantine_unreadable);
  if (checked) checked = check_last_id(parts, highest);
  if (checked) checked = count_meta(parts);
  if (checked) checked = parts.repairs.flush();
  return checked;
}

}  // namespace greyhound::queue
