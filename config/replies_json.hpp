// replies.json: the rules by which replies are read, shipped and the admin's own before them.
// Errors: Problems; a rule that has one is left out.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"
#include "mail/reply_rules.hpp"

namespace greyhound::config {

// The steps of a dialogue by the name that rules and `greyhound classify` have for them, the one at
// which a server speaks last; empty: no step has that name.
std::vector<mail::Stage> stages_named(std::string_view name);

// The shipped rules, compiled once.
const mail::ReplyRulesPtr& shipped_reply_rules();

// The rules of `text` and no others; `file` names it in problems.
std::vector<mail::ReplyRule> read_reply_rules(const std::string& file,
                                              std::string_view text,
                                              Problems& problems);

// `own`, then the shipped ones.
mail::ReplyRulesPtr before_shipped(std::vector<mail::ReplyRule> own);

}  // namespace greyhound::config
