// Settings of the scheduler: retry.json, greylisters.json, replies.json, and of greyhound.json
// "smtp.concurrency" and "smtp.sites".
// Source: RFC 5321 section 4.5.4.1 (30 min or more unless the reason is known; 4 to 5 days in all).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/reply_class.hpp"
#include "mail/reply_rules.hpp"
#include "mail/site_rule.hpp"
#include "runtime/clock.hpp"
#include "scheduler/greylist/catalogue.hpp"

namespace greyhound::scheduler {

// Globs; an empty list matches everything. class, code, text and mx are unknown before the first
// reply: a rule that names them does not match then.
struct RuleMatch {
  std::vector<std::string> domains;
  std::vector<std::string> mx;
  std::vector<std::string> senders;  // over the reverse path; "" is the null one
  std::vector<mail::ReplyClass> classes;
  std::vector<std::string> codes;  // "451", "45*"
  std::vector<std::string> texts;

  bool needs_reply() const {
    return !mx.empty() || !classes.empty() || !codes.empty() || !texts.empty();
  }
};

enum class InDoubtPolicy : std::uint8_t { retry, hold, assume_delivered };

struct RetryRule {
  std::string name = "default";
  RuleMatch match;
  std::vector<Duration> retry;     // wait before retry 1, 2, …; the last repeats
  std::vector<Duration> greylist;  // waits once a reply looks like greylisting
  double jitter_fraction = 0.05;   // of a wait; later only, at most 60 s for waits up to 1 h
  bool adapt = true;               // false: the series to the letter
  Duration lifetime = std::chrono::hours(120);
  Duration lifetime_null_sender = std::chrono::hours(24);
  std::optional<std::uint32_t> max_attempts;
  Duration in_doubt_wait = std::chrono::minutes(30);
  InDoubtPolicy in_doubt_then = InDoubtPolicy::retry;
};

// The pace of retries after the agent was unable to send, at first. It doubles so often while they
// are taken (scheduler/ramp.hpp).
struct RampSettings {
  std::uint32_t per_second = 200;
  std::uint32_t per_site_per_second = 5;
  Duration doubles_every = std::chrono::seconds(10);
};

// Waits stated in a reply: whether to follow them, within which bounds, and how much later.
struct HintSettings {
  bool obey = true;
  Duration min = std::chrono::seconds(30);
  Duration max = std::chrono::hours(4);
  Duration margin = std::chrono::seconds(10);
};

// What is learned of the window of each site's greylister.
struct LearningSettings {
  bool is_enabled = true;
  Duration forget_after = std::chrono::hours(60 * 24);
};

struct RetrySettings {
  std::vector<RetryRule> rules;  // first match wins; the last one matches everything
  RampSettings ramp = {};
  HintSettings hints = {};
  LearningSettings learning = {};
  bool obeys_signatures = true;  // waits as known greylisters want them
  std::shared_ptr<const Catalogue> catalogue = std::make_shared<const Catalogue>(Greylisters{});
  mail::ReplyRulesPtr reply_rules = mail::ReplyRules::none();
};

struct Concurrency {
  std::size_t per_site = 20;
  std::size_t total = 500;
  std::vector<mail::SiteRule> sites = {};  // per_site and per_minute of them
};

}  // namespace greyhound::scheduler
