#include "cli/coverage_check.hpp"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/table.hpp"
#include "runtime/duration_text.hpp"
#include "scheduler/rehearsal/coverage.hpp"

namespace greyhound::cli {
namespace {

using config::Problem;
using config::Problems;
using runtime::Duration;
using scheduler::Obstacle;
using scheduler::RetryRule;

// No jitter, and all of it.
constexpr double least_dice = 0;
constexpr double most_dice = 1;

bool is_for_greylisting(const RetryRule& rule) {
  const auto& classes = rule.match.classes;
  const auto may_greylist = [](mail::ReplyClass one) {
    return one == mail::ReplyClass::greylist || one == mail::ReplyClass::unknown;
  };
  return classes.empty() || std::any_of(classes.begin(), classes.end(), may_greylist);
}

// Those that one rule never gets past, for one reason.
struct Failure {
  std::string names;
  Duration bound = Duration::max();  // of the gap: at most; of the lifetime: longer than
};

Failure failure_of(const RetryRule& rule, Obstacle obstacle, const config::Settings& settings) {
  Failure failure;
  std::size_t count = 0;
  for (const auto& greylister : settings.retry.catalogue->greylisters()) {
    if (!greylister.window) continue;
    const auto fails_at = [&](double dice) {
      return coverage_of(rule, settings.notification.delay, greylister, dice).obstacle == obstacle;
    };
    if (!fails_at(least_dice) && !fails_at(most_dice)) continue;
    constexpr std::size_t named = 5;
    if (++count <= named) failure.names += (count == 1 ? "" : ", ") + greylister.id;
    const auto gap = longest_gap(greylister).value_or(Duration::max());
    const auto own = obstacle == Obstacle::gap ? gap : *greylister.window;
    const bool is_first = failure.bound == Duration::max();
    failure.bound = is_first                    ? own
                    : obstacle == Obstacle::gap ? std::min(failure.bound, own)
                                                : std::max(failure.bound, own);
    if (count == named + 1) failure.names += ", …";
  }
  return failure;
}

void add_problem(const RetryRule& rule,
                 std::size_t index,
                 Obstacle obstacle,
                 const config::LoadedSettings& loaded,
                 Problems& problems) {
  const auto failure = failure_of(rule, obstacle, loaded.settings);
  if (failure.names.empty()) return;
  std::string key = "greylist";
  std::string why = "they forget a mail between two attempts";
  std::string proposal = "write waits of at most " + to_text(failure.bound);
  if (obstacle == Obstacle::lifetime) {
    key = "lifetime";
    why = "it fails before they would take it";
    proposal = "write a lifetime longer than " + to_text(failure.bound);
  } else if (obstacle == Obstacle::attempts) {
    key = "max_attempts";
    why = "there are too few attempts";
    proposal = "write more, or null";
  }
  const auto pointer = fmt::format("/rules/{}/{}", index, key);
  problems.push_back(
      {Problem::Severity::warning,
       "retry.json",
       line_at(loaded.retry, pointer),
       pointer,
       fmt::format("mail by rule \"{}\" would never pass {}: {}", rule.name, failure.names, why),
       proposal});
}

// Rules whose greylisted mail fares alike.
struct Alike {
  const RetryRule* rule;
  std::vector<std::string> names;
};

bool fare_alike(const RetryRule& a, const RetryRule& b) {
  return a.greylist == b.greylist && a.adapt == b.adapt && a.lifetime == b.lifetime &&
         a.max_attempts == b.max_attempts;
}

std::vector<Alike> rules_for_greylisting(const config::Settings& settings) {
  std::vector<Alike> found;
  for (const auto& rule : settings.retry.rules) {
    if (!is_for_greylisting(rule)) continue;
    const auto same = std::find_if(found.begin(), found.end(), [&rule](const Alike& one) {
      return fare_alike(*one.rule, rule);
    });
    if (same == found.end()) {
      found.push_back({&rule, {rule.name}});
    } else {
      same->names.push_back(rule.name);
    }
  }
  return found;
}

template <class Row>
void for_each_greylister(const config::Settings& settings, const RetryRule& rule, Row row) {
  for (const auto& greylister : settings.retry.catalogue->greylisters()) {
    if (!greylister.window) continue;
    row(greylister, coverage_of(rule, settings.notification.delay, greylister, least_dice));
  }
}

std::int64_t seconds(Duration duration) {
  return std::chrono::floor<std::chrono::seconds>(duration).count();
}

}  // namespace

Problems coverage_problems(const config::LoadedSettings& loaded) {
  Problems problems;
  const auto& rules = loaded.settings.retry.rules;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!is_for_greylisting(rules[i])) continue;
    for (const auto obstacle : {Obstacle::gap, Obstacle::lifetime, Obstacle::attempts})
      add_problem(rules[i], i, obstacle, loaded, problems);
  }
  return problems;
}

void print_coverage(const config::Settings& settings, std::ostream& out) {
  for (const auto& [rule, names] : rules_for_greylisting(settings)) {
    out << "What the greylist series of " << (names.size() == 1 ? "rule " : "the rules ");
    for (std::size_t i = 0; i < names.size(); ++i)
      out << (i == 0 ? "\"" : ", \"") << printable(names[i]) << '"';
    out << " does at known greylisters, if nothing else leads:\n\n";
    Table table({"GREYLISTER", "WINDOW", "PASSES", "AFTER", "WASTED", "EARLY", "NOTICE"},
                out,
                std::nullopt);
    for_each_greylister(settings, *rule, [&table](const auto& greylister, const auto& coverage) {
      const auto attempt = "attempt " + std::to_string(coverage.attempt);
      table.add({greylister.id,
                 to_text(*greylister.window),
                 coverage.passes() ? attempt : "never",
                 coverage.passes() ? to_text(coverage.age) : "-",
                 coverage.passes() ? to_text(coverage.waste) : "-",
                 std::to_string(coverage.early),
                 coverage.has_delay_notice ? "yes" : "no"});
    });
    table.finish();
    out << '\n';
  }
}

void print_coverage_json(const config::Settings& settings, std::ostream& out) {
  using Json = nlohmann::ordered_json;
  for (const auto& [rule, names] : rules_for_greylisting(settings)) {
    const Json of_rules(names);
    for_each_greylister(settings, *rule, [&](const auto& greylister, const auto& coverage) {
      Json line{{"rules", of_rules},
                {"receiver", greylister.id},
                {"window_s", seconds(*greylister.window)},
                {"passes", coverage.passes()},
                {"attempt", nullptr},
                {"age_s", nullptr},
                {"waste_s", nullptr},
                {"early", coverage.early},
                {"delay_notice", coverage.has_delay_notice}};
      if (coverage.passes()) {
        line["attempt"] = coverage.attempt;
        line["age_s"] = seconds(coverage.age);
        line["waste_s"] = seconds(coverage.waste);
      }
      out << Json{{"coverage", line}}.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    });
  }
}

}  // namespace greyhound::cli
