#include "config/retry_json.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "config/format.hpp"
#include "runtime/duration_text.hpp"
#include "runtime/must.hpp"

namespace greyhound::config {
namespace {

using scheduler::InDoubtPolicy;
using scheduler::RetryRule;
using scheduler::RuleMatch;

std::vector<std::string> read_globs(const Setting& match, std::string_view key) {
  return match.has(key) ? match.at(key).globs() : std::vector<std::string>{};
}

RuleMatch read_match(const Setting& match) {
  RuleMatch result;
  result.domains = read_globs(match, "domain");
  result.mx = read_globs(match, "mx");
  result.senders = read_globs(match, "sender");
  if (match.has("class")) result.classes = match.at("class").reply_classes();
  result.codes = read_globs(match, "code");
  result.texts = read_globs(match, "text");
  return result;
}

std::vector<Duration> read_series(const Setting& series) {
  std::vector<Duration> waits;
  for (const auto& item : series.items())
    waits.push_back(item.duration());
  return waits;
}

InDoubtPolicy read_policy(const std::string& word) {
  if (word == "hold") return InDoubtPolicy::hold;
  return word == "retry" ? InDoubtPolicy::retry : InDoubtPolicy::assume_delivered;
}

RetryRule read_rule(const Setting& rule) {
  RetryRule result;
  result.name = rule.at("name").text();
  result.match = read_match(rule.at("match"));
  result.retry = read_series(rule.at("retry"));
  result.greylist = read_series(rule.at("greylist"));
  const auto jitter = parse_percent(rule.at("jitter").text());
  MUST(jitter.has_value());
  result.jitter_fraction = *jitter;
  result.adapt = rule.at("adapt").truth();
  result.lifetime = rule.at("lifetime").duration();
  result.lifetime_null_sender = rule.at("lifetime_null_sender").duration();
  const auto attempts = rule.at("max_attempts");
  if (!attempts.is_null()) result.max_attempts = attempts.number<std::uint32_t>();
  result.in_doubt_wait = rule.at("in_doubt").at("wait").duration();
  result.in_doubt_then = read_policy(rule.at("in_doubt").at("then").text());
  return result;
}

bool takes_all(const std::vector<std::string>& globs) {
  const auto is_star = [](const std::string& glob) {
    return !glob.empty() && glob.find_first_not_of('*') == std::string::npos;
  };
  return globs.empty() || std::any_of(globs.begin(), globs.end(), is_star);
}

bool matches_everything(const RuleMatch& match) {
  return !match.needs_reply() && takes_all(match.domains) && takes_all(match.senders);
}

// Mail that dies before its first retry is worth a word.
void check_lifetime(const Setting& rule, std::string_view key, Reporter& report) {
  const auto lifetime = rule.at(key);
  for (const auto* series_key : {"retry", "greylist"}) {
    const auto series = rule.at(series_key);
    if (series.node().has_refused() || lifetime.node().is_refused) continue;
    const auto first_wait = series.items().front().duration();
    if (lifetime.duration() >= first_wait) continue;
    report.warning(lifetime,
                   fmt::format("is {}, shorter than the first wait of \"{}\" ({}): mail that is "
                               "deferred once fails without a retry",
                               to_text(lifetime.duration()),
                               series_key,
                               to_text(first_wait)),
                   "write a longer lifetime or a shorter wait");
    return;
  }
}

void check_in_doubt(const Setting& rule, Reporter& report) {
  const auto then = rule.at("in_doubt").at("then");
  if (then.text() != "hold") return;
  report.warning(then,
                 "holds mail in doubt, and no command of this version releases it",
                 "write \"retry\" or \"assume_delivered\"");
}

void check_name(const Setting& rule, const std::vector<RetryRule>& before, Reporter& report) {
  const auto& name = rule.at("name").text();
  const auto is_same = [&name](const RetryRule& other) { return other.name == name; };
  if (std::none_of(before.begin(), before.end(), is_same)) return;
  report.error(rule.at("name"),
               fmt::format("is {}, like a rule before it", shown(name)),
               "give each rule a name of its own");
}

void check_place(const Setting& rule, const RuleMatch& match, bool is_last, Reporter& report) {
  if (is_last == matches_everything(match)) return;
  if (is_last) {
    report.error(rule.at("match"),
                 "does not match everything, as the last rule must",
                 "add a rule with \"match\": {} behind it");
  } else {
    report.warning(rule.at("match"),
                   "matches everything: the rules behind it are never reached",
                   "put this rule last");
  }
}

void check_hints(const Setting& hints, Reporter& report) {
  const auto min = hints.at("min");
  const auto max = hints.at("max");
  if (min.node().is_refused || max.node().is_refused || min.duration() <= max.duration()) return;
  report.error(min,
               fmt::format("is {}, must not be longer than max ({})",
                           to_text(min.duration()),
                           to_text(max.duration())),
               fmt::format("write {} or less", shown(max.text())));
}

scheduler::RampSettings read_ramp(const Setting& ramp) {
  scheduler::RampSettings result;
  result.per_second = ramp.at("per_second").number<std::uint32_t>();
  result.per_site_per_second = ramp.at("per_site_per_second").number<std::uint32_t>();
  result.doubles_every = ramp.at("doubles_every").duration();
  return result;
}

scheduler::HintSettings read_hints(const Setting& hints) {
  return {.obey = hints.at("obey").truth(),
          .min = hints.at("min").duration(),
          .max = hints.at("max").duration(),
          .margin = hints.at("margin").duration()};
}

scheduler::LearningSettings read_learning(const Setting& learning) {
  return {.is_enabled = learning.at("enabled").truth(),
          .forget_after = learning.at("forget_after").duration()};
}

}  // namespace

void read_retry(const Setting& whole,
                const JsonNode& default_rule,
                Reporter& report,
                scheduler::RetrySettings& settings) {
  const auto rules = whole.at("rules");
  const auto& given = rules.node().items;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto* name = given[i].find("name");
    const auto* match = given[i].find("match");
    const bool is_readable = !given[i].is_refused && name != nullptr && !name->is_refused &&
                             (match == nullptr || !match->has_refused());
    if (!is_readable) continue;
    const auto filled = overlay(default_rule, given[i]);
    const Setting rule(filled, child_pointer(rules.pointer(), i));
    auto read = read_rule(rule);
    check_name(rule, settings.rules, report);
    check_place(rule, read.match, i + 1 == given.size(), report);
    check_lifetime(rule, "lifetime", report);
    check_lifetime(rule, "lifetime_null_sender", report);
    check_in_doubt(rule, report);
    settings.rules.push_back(std::move(read));
  }
  check_hints(whole.at("hints"), report);
  settings.hints = read_hints(whole.at("hints"));
  settings.learning = read_learning(whole.at("learning"));
  settings.obeys_signatures = whole.at("signatures").at("enabled").truth();
  settings.ramp = read_ramp(whole.at("ramp"));
}

}  // namespace greyhound::config
