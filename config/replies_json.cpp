#include "config/replies_json.hpp"

#include <array>
#include <cstdint>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "config/embedded.hpp"
#include "config/json_document.hpp"
#include "config/reporter.hpp"
#include "config/schema_check.hpp"
#include "config/setting.hpp"
#include "runtime/must.hpp"

namespace greyhound::config {
namespace {

using mail::ReplyRule;
using mail::ReplyRules;
using mail::Stage;

const std::string file_name = "replies.json";

std::vector<std::string> texts_at(const Setting& rule, std::string_view key) {
  return rule.has(key) ? rule.at(key).globs() : std::vector<std::string>{};
}

std::vector<Stage> stages_at(const Setting& rule) {
  std::vector<Stage> stages;
  for (const auto& word : texts_at(rule, "stage")) {
    const auto named = stages_named(word);
    stages.insert(stages.end(), named.begin(), named.end());
  }
  return stages;
}

ReplyRule read_rule(const Setting& rule) {
  const auto reply_class = mail::parse_reply_class(rule.at("class").text());
  MUST(reply_class.has_value());
  return {.name = rule.at("name").text(),
          .reply_class = *reply_class,
          .suspects = rule.has("suspect") && rule.at("suspect").truth(),
          .text = texts_at(rule, "text"),
          .unless = texts_at(rule, "unless"),
          .names = texts_at(rule, "names"),
          .codes = texts_at(rule, "code"),
          .statuses = texts_at(rule, "enhanced"),
          .stages = stages_at(rule)};
}

// A pattern stands alone or in a list.
bool check_patterns(const Setting& patterns, Reporter& report) {
  bool are_good = true;
  const auto check = [&](const Setting& pattern) {
    const auto fault = mail::pattern_fault(pattern.text());
    if (!fault) return;
    are_good = false;
    report.error(
        pattern, fmt::format("is no regular expression: {}", *fault), "write it in RE2 syntax");
  };
  if (patterns.node().is(JsonNode::Kind::string)) {
    check(patterns);
  } else {
    for (const auto& pattern : patterns.items())
      check(pattern);
  }
  return are_good;
}

bool check_patterns_of(const Setting& rule, Reporter& report) {
  bool are_good = true;
  for (const auto* key : {"text", "unless", "names"}) {
    if (rule.has(key)) are_good &= check_patterns(rule.at(key), report);
  }
  return are_good;
}

// Those of the program itself are good, as a test says, and need not be tried at each start.
enum class Patterns : std::uint8_t { to_be_checked, known_to_be_good };

std::vector<ReplyRule> read_rules(const JsonNode& document, Patterns patterns, Reporter& report) {
  std::vector<ReplyRule> rules;
  if (document.is_refused || document.find("rules") == nullptr) return rules;
  std::set<std::string> names;
  for (const auto& rule : Setting(document, "").at("rules").items()) {
    const auto name = rule.at("name");
    if (!names.insert(name.text()).second) {
      report.error(name,
                   fmt::format("is {}, like a rule before it", shown(name.text())),
                   "give each rule a name of its own");
    }
    const bool is_good = patterns == Patterns::known_to_be_good || check_patterns_of(rule, report);
    if (is_good) rules.push_back(read_rule(rule));
  }
  return rules;
}

const std::vector<ReplyRule>& shipped_rules() {
  static const auto rules = [] {
    Problems problems;
    Reporter report(file_name, problems);
    auto read =
        read_rules(parse_shipped(file_name, replies_defaults), Patterns::known_to_be_good, report);
    MUST(problems.empty());
    return read;
  }();
  return rules;
}

}  // namespace

std::vector<Stage> stages_named(std::string_view name) {
  static constexpr auto names = std::to_array<std::pair<std::string_view, Stage>>({
      {"connect", Stage::connect},
      {"connect", Stage::greeting},
      {"ehlo", Stage::ehlo},
      {"mail", Stage::mail},
      {"rcpt", Stage::rcpt},
      {"data", Stage::data},
      {"eom", Stage::eom},
      {"auth", Stage::auth},
  });
  std::vector<Stage> stages;
  for (const auto& [known, stage] : names) {
    if (known == name) stages.push_back(stage);
  }
  return stages;
}

const mail::ReplyRulesPtr& shipped_reply_rules() {
  static const mail::ReplyRulesPtr rules = std::make_shared<const ReplyRules>(shipped_rules());
  return rules;
}

std::vector<ReplyRule> read_reply_rules(const std::string& file,
                                        std::string_view text,
                                        Problems& problems) {
  static const auto schema = parse_shipped("replies.schema.json", replies_schema);
  auto document = parse_document(file, text, problems);
  if (!document) return {};
  check_schema(file, schema, *document, problems);
  Reporter report(file, problems);
  return read_rules(*document, Patterns::to_be_checked, report);
}

mail::ReplyRulesPtr before_shipped(std::vector<ReplyRule> own) {
  if (own.empty()) return shipped_reply_rules();
  own.insert(own.end(), shipped_rules().begin(), shipped_rules().end());
  return std::make_shared<const ReplyRules>(std::move(own));
}

}  // namespace greyhound::config
