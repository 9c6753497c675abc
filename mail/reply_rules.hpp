// ReplyRules: how replies are read, as data: patterns and conditions that give a reply its class.
// The first rule that fits decides. Compiled once from what config/replies.json says.
// Source: RFC 5321 section 4.2, RFC 3463 and RFC 5248 (codes), RFC 6647 section 2 (greylisting).
// Owner: shared by whoever holds settings. Runs on: any; find() may run on many threads at once.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/enhanced_status.hpp"
#include "mail/outcome.hpp"
#include "mail/pattern_set.hpp"
#include "mail/reply_class.hpp"
#include "mail/reply_words.hpp"

namespace greyhound::mail {

// One rule as it is written. It fits a reply that says any of `text` or names any of `names`
// (both empty: whatever it says), says none of `unless`, and meets every other list that is not
// empty.
struct ReplyRule {
  std::string name;
  ReplyClass reply_class = ReplyClass::unknown;
  bool suspects = false;  // nothing speaks against greylisting on a first contact
  std::vector<std::string> text = {};
  std::vector<std::string> unless = {};
  std::vector<std::string> names = {};  // over host names and URLs, text and unless over the rest
  std::vector<std::string> codes = {};  // globs: "45*"
  std::vector<std::string> statuses = {};  // "4.7.1", "4.7.*", "*.2.2"; "none": there is none
  std::vector<Stage> stages = {};
};

// What a reply is known by. `code` 0 and no stage: not known, and no condition on it is met.
struct ReplyFacts {
  int code = 0;
  std::optional<EnhancedStatus> status = {};
  std::optional<Stage> stage = {};
  const ReplyWords& words;
};

class ReplyRules;
using ReplyRulesPtr = std::shared_ptr<const ReplyRules>;

class ReplyRules {
 public:
  static constexpr std::size_t most_rules = 2000;

  // At most most_rules; every pattern MUST be one.
  explicit ReplyRules(std::vector<ReplyRule> rules);

  static ReplyRulesPtr none();  // by which no reply has a class

  // The first rule that fits; nullptr: none does. Lives as long as these rules.
  const ReplyRule* find(const ReplyFacts& facts) const;

 private:
  struct StatusPattern {
    bool is_none = false;  // there must be none
    std::optional<int> status_class = {}, subject = {}, detail = {};
    bool fits(const std::optional<EnhancedStatus>& status) const;
  };
  // A rule ready to be compared. Positions are those in the sets; none: it does not ask.
  struct Condition {
    std::optional<std::size_t> text = {}, unless = {}, names = {};
    std::bitset<600> codes = {};
    std::uint32_t stages = 0;  // a bit for each
    std::vector<StatusPattern> statuses = {};
    bool fits(const ReplyFacts& facts) const;  // codes, stages and statuses
  };
  struct Compared {
    std::vector<Condition> conditions = {};
    std::vector<std::string> in_words = {};
    std::vector<std::string> in_names = {};
  };
  ReplyRules(Compared all, std::vector<ReplyRule> rules);
  static Compared compared(const std::vector<ReplyRule>& rules);

  friend bool is_status_pattern(std::string_view text);
  static std::optional<StatusPattern> parse_status(std::string_view text);
  static Condition condition_of(const ReplyRule& rule);

  std::vector<ReplyRule> rules_;
  std::vector<Condition> conditions_;
  PatternSet in_words_;
  PatternSet in_names_;
};

// "4.7.*" as a rule may say it.
bool is_status_pattern(std::string_view text);

}  // namespace greyhound::mail
