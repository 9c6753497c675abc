#include "config/greylisters_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "config/embedded.hpp"
#include "config/json_document.hpp"
#include "config/reporter.hpp"
#include "config/schema_check.hpp"
#include "config/setting.hpp"
#include "mail/address.hpp"

namespace greyhound::config {
namespace {

using mail::Stage;
using scheduler::EarlyPenalty;
using scheduler::Greylister;
using scheduler::Greylisters;
using scheduler::KeyPart;
using scheduler::KeyParts;
using scheduler::Trust;
using std::chrono::seconds;

const JsonNode& schema() {
  static const auto tree = parse_shipped("greylisters.schema.json", greylisters_schema);
  return tree;
}

const JsonNode& shipped_tree() {
  static const auto tree = parse_shipped("greylisters.json", greylisters_defaults);
  return tree;
}

const JsonNode* entry_with(const JsonNode& list, std::string_view id) {
  const auto found = std::find_if(list.items.begin(), list.items.end(), [id](const auto& entry) {
    const auto* own = entry.find("id");
    return own != nullptr && own->text == id;
  });
  return found == list.items.end() ? nullptr : &*found;
}

// Keys that are missing and null are the same here.
const JsonNode* value_at(const JsonNode& entry, std::string_view key) {
  const auto* found = entry.find(key);
  return found == nullptr || found->is(JsonNode::Kind::null) ? nullptr : found;
}

std::string text_at(const JsonNode& entry, std::string_view key) {
  const auto* found = value_at(entry, key);
  return found == nullptr ? "" : found->text;
}

std::optional<Duration> seconds_at(const JsonNode& entry, std::string_view key) {
  const auto* found = value_at(entry, key);
  if (found == nullptr) return std::nullopt;
  return seconds(found->integer);
}

// "10 minutes", "12 h" behind `words`.
std::optional<Duration> amount_after(std::string_view prose, std::string_view words) {
  const auto at = prose.find(words);
  if (at == prose.npos) return std::nullopt;
  prose.remove_prefix(at + words.size());
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(prose.data(), prose.data() + prose.size(), count);
  constexpr std::int64_t most = 1'000'000;
  if (error != std::errc{} || count < 0 || count > most) return std::nullopt;
  prose.remove_prefix(static_cast<std::size_t>(end - prose.data()));
  prose.remove_prefix(std::min(prose.find_first_not_of(' '), prose.size()));
  if (prose.starts_with('s')) return seconds(count);
  if (prose.starts_with('m')) return std::chrono::minutes(count);
  if (prose.starts_with('h')) return std::chrono::hours(count);
  return std::nullopt;
}

std::optional<EarlyPenalty> penalty_told(const std::string& behaviour) {
  const auto prose = mail::lower_case(behaviour);
  if (!prose.starts_with("penalised:")) return std::nullopt;
  const auto each = amount_after(prose, "every early retry adds ");
  if (!each) return std::nullopt;
  return EarlyPenalty{.each = *each, .most = amount_after(prose, "ceiling ")};
}

// What an entry says itself goes before what it has from the shipped one; keys before prose.
std::optional<EarlyPenalty> penalty_of(const JsonNode& entry) {
  constexpr std::string_view key = "early_retry_penalty_seconds";
  const auto* each = entry.find(key);
  const auto* behaviour = entry.find("early_retry_behaviour");
  const bool has_own_key = each != nullptr && each->is_given;
  const bool has_own_prose = behaviour != nullptr && behaviour->is_given;
  if (has_own_prose && !has_own_key) return penalty_told(behaviour->text);
  const auto added = seconds_at(entry, key);
  if (!added) return std::nullopt;
  return EarlyPenalty{.each = *added, .most = seconds_at(entry, "penalty_ceiling_seconds")};
}

// The step that is named first: "RCPT; DATA for the null sender" is RCPT.
std::optional<Stage> stage_of(const std::string& words) {
  static constexpr auto names = std::to_array<std::pair<std::string_view, Stage>>({
      {"end of ", Stage::eom},
      {"after data", Stage::eom},
      {"eom", Stage::eom},
      {"connect", Stage::connect},
      {"ehlo", Stage::ehlo},
      {"mail", Stage::mail},
      {"rcpt", Stage::rcpt},
      {"data", Stage::data},
  });
  const auto text = mail::lower_case(words);
  std::optional<Stage> first;
  auto earliest = text.npos;
  for (const auto& [name, stage] : names) {
    const auto at = text.find(name);
    if (at >= earliest) continue;
    earliest = at;
    first = stage;
  }
  return first;
}

bool is_shared(const std::string& words) {
  static constexpr std::array<std::string_view, 4> apart{"no", "per ", "only ", "optional "};
  return std::none_of(apart.begin(), apart.end(), [&words](std::string_view beginning) {
    return words.starts_with(beginning);
  });
}

KeyParts parts_at(const JsonNode& entry, std::string_view key, KeyParts otherwise) {
  static constexpr auto names = std::to_array<std::pair<std::string_view, KeyPart>>({
      {"address", KeyPart::address},
      {"network", KeyPart::network},
      {"sender", KeyPart::sender},
      {"sender_domain", KeyPart::sender_domain},
      {"recipient", KeyPart::recipient},
  });
  const auto* found = value_at(entry, key);
  if (found == nullptr) return otherwise;
  KeyParts parts;
  for (const auto& item : found->items) {
    for (const auto& [name, part] : names)
      if (item.text == name) parts.push_back(part);
  }
  return parts;
}

std::optional<Trust> trust_of(const JsonNode& entry) {
  const auto* passes = value_at(entry, "trusted_after_passes");
  if (passes == nullptr) return std::nullopt;
  return Trust{.passes = static_cast<std::uint32_t>(passes->integer),
               .parts = parts_at(entry, "trusted_parts", Trust().parts)};
}

Greylister read_entry(const JsonNode& entry) {
  Greylister result;
  result.id = text_at(entry, "id");
  result.name = text_at(entry, "name");
  if (result.name.empty()) result.name = result.id;
  result.window = seconds_at(entry, "initial_deny_seconds");
  result.pending = seconds_at(entry, "pending_expiry_seconds");
  result.verified = seconds_at(entry, "verified_expiry_seconds");
  const auto* renewed = value_at(entry, "pending_renewed");
  result.is_pending_renewed = renewed != nullptr && renewed->truth;
  result.penalty = penalty_of(entry);
  result.third_contact = seconds_at(entry, "third_contact_seconds");
  result.is_shared_across_mx = is_shared(text_at(entry, "shared_across_mx"));
  result.key = parts_at(entry, "key_parts", result.key);
  result.trust = trust_of(entry);
  result.stage = stage_of(text_at(entry, "smtp_stage"));
  if (const auto* code = value_at(entry, "reply_code")) {
    result.code = static_cast<int>(code->integer);
  }
  result.status = mail::EnhancedStatus::parse(text_at(entry, "enhanced_code"));
  if (const auto* texts = value_at(entry, "reply_text_examples")) {
    for (const auto& text : texts->items)
      result.texts.push_back(text.text);
  }
  return result;
}

Greylisters read_shipped() {
  Greylisters entries;
  for (const auto& entry : shipped_tree().items)
    entries.push_back(read_entry(entry));
  return entries;
}

}  // namespace

const CataloguePtr& shipped_catalogue() {
  static const auto catalogue = std::make_shared<const scheduler::Catalogue>(read_shipped());
  return catalogue;
}

Greylisters read_greylisters(const std::string& file, std::string_view text, Problems& problems) {
  auto document = parse_document(file, text, problems);
  if (!document) return {};
  check_schema(file, schema(), *document, problems);
  Reporter report(file, problems);
  Greylisters entries;
  std::set<std::string> ids;
  for (const auto& entry : Setting(*document, "").items()) {
    const auto id = entry.at("id");
    if (!ids.insert(id.text()).second) {
      report.error(id,
                   fmt::format("is {}, like an entry before it", shown(id.text())),
                   "give each entry an id of its own");
      continue;
    }
    const auto* shipped = entry_with(shipped_tree(), id.text());
    entries.push_back(
        read_entry(shipped == nullptr ? entry.node() : overlay(*shipped, entry.node())));
  }
  return entries;
}

CataloguePtr extended(Greylisters own) {
  if (own.empty()) return shipped_catalogue();
  auto whole = shipped_catalogue()->greylisters();
  for (auto& entry : own) {
    const auto same = std::find_if(whole.begin(), whole.end(), [&entry](const auto& shipped) {
      return shipped.id == entry.id;
    });
    if (same == whole.end()) {
      whole.push_back(std::move(entry));
    } else {
      *same = std::move(entry);
    }
  }
  return std::make_shared<const scheduler::Catalogue>(std::move(whole));
}

}  // namespace greyhound::config
