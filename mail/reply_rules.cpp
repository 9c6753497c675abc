#include "mail/reply_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "mail/glob.hpp"
#include "runtime/must.hpp"

namespace greyhound::mail {
namespace {

using Found = std::bitset<2 * ReplyRules::most_rules>;

Found found_in(const PatternSet& patterns, std::string_view text) {
  Found found;
  for (const auto position : patterns.find(text))
    found.set(static_cast<std::size_t>(position));
  return found;
}

// One pattern that is found where any of them is.
std::string any_of(const std::vector<std::string>& patterns) {
  std::string joined;
  for (const auto& pattern : patterns) {
    if (!joined.empty()) joined += '|';
    joined += "(?:" + pattern + ")";
  }
  return joined;
}

std::optional<std::size_t> add_to(std::vector<std::string>& set,
                                  const std::vector<std::string>& patterns) {
  if (patterns.empty()) return std::nullopt;
  set.push_back(any_of(patterns));
  return set.size() - 1;
}

std::uint32_t bit_of(Stage stage) {
  return std::uint32_t{1} << static_cast<std::uint32_t>(stage);
}

bool holds(const std::optional<int>& wanted, int value) {
  return !wanted || *wanted == value;
}

}  // namespace

bool ReplyRules::StatusPattern::fits(const std::optional<EnhancedStatus>& status) const {
  if (is_none || !status) return is_none && !status;
  return holds(status_class, static_cast<int>(status->status_class())) &&
         holds(subject, status->subject()) && holds(detail, status->detail());
}

bool ReplyRules::Condition::fits(const ReplyFacts& facts) const {
  const auto is_met = [&facts](const StatusPattern& pattern) { return pattern.fits(facts.status); };
  if (stages != 0 && (!facts.stage || (stages & bit_of(*facts.stage)) == 0)) return false;
  if (codes.any() && !codes.test(static_cast<std::size_t>(std::clamp(facts.code, 0, 599)))) {
    return false;
  }
  return statuses.empty() || std::any_of(statuses.begin(), statuses.end(), is_met);
}

std::optional<ReplyRules::StatusPattern> ReplyRules::parse_status(std::string_view text) {
  if (text == "none") return StatusPattern{.is_none = true};
  StatusPattern pattern;
  const std::array<std::optional<int>*, 3> parts{
      &pattern.status_class, &pattern.subject, &pattern.detail};
  for (auto* part : parts) {
    const bool is_last = part == parts.back();
    const auto dot = text.find('.');
    if (is_last != (dot == text.npos)) return std::nullopt;
    const auto word = text.substr(0, dot);
    text.remove_prefix(is_last ? text.size() : dot + 1);
    if (word == "*") continue;
    int value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool is_number = error == std::errc{} && end == word.data() + word.size();
    if (!is_number || value < 0 || value > 999) return std::nullopt;
    *part = value;
  }
  return pattern;
}

ReplyRules::Condition ReplyRules::condition_of(const ReplyRule& rule) {
  Condition condition;
  for (std::size_t code = 200; code < condition.codes.size() && !rule.codes.empty(); ++code) {
    if (matches_any(rule.codes, std::to_string(code))) condition.codes.set(code);
  }
  for (const auto stage : rule.stages)
    condition.stages |= bit_of(stage);
  for (const auto& text : rule.statuses) {
    const auto pattern = parse_status(text);
    MUST(pattern.has_value());
    condition.statuses.push_back(*pattern);
  }
  return condition;
}

ReplyRules::Compared ReplyRules::compared(const std::vector<ReplyRule>& rules) {
  MUST(rules.size() <= most_rules);
  Compared all;
  for (const auto& rule : rules) {
    auto condition = condition_of(rule);
    condition.text = add_to(all.in_words, rule.text);
    condition.unless = add_to(all.in_words, rule.unless);
    condition.names = add_to(all.in_names, rule.names);
    all.conditions.push_back(std::move(condition));
  }
  return all;
}

ReplyRules::ReplyRules(std::vector<ReplyRule> rules)
    : ReplyRules{compared(rules), std::move(rules)} {}

ReplyRules::ReplyRules(Compared all, std::vector<ReplyRule> rules)
    : rules_(std::move(rules)),
      conditions_(std::move(all.conditions)),
      in_words_(std::move(all.in_words)),
      in_names_(std::move(all.in_names)) {}

ReplyRulesPtr ReplyRules::none() {
  static const auto empty = std::make_shared<const ReplyRules>(std::vector<ReplyRule>());
  return empty;
}

const ReplyRule* ReplyRules::find(const ReplyFacts& facts) const {
  if (rules_.empty()) return nullptr;
  const auto said = found_in(in_words_, facts.words.words());
  const auto names = facts.words.names();
  const auto named = names.empty() ? Found() : found_in(in_names_, names);
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& condition = conditions_[i];
    const bool is_asked = condition.text || condition.names;
    const bool is_said = (condition.text && said.test(*condition.text)) ||
                         (condition.names && named.test(*condition.names));
    if (is_asked && !is_said) continue;
    if (condition.unless && said.test(*condition.unless)) continue;
    if (condition.fits(facts)) return &rules_[i];
  }
  return nullptr;
}

bool is_status_pattern(std::string_view text) {
  return ReplyRules::parse_status(text).has_value();
}

}  // namespace greyhound::mail
