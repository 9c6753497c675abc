#include "smtp_client/next_host.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "mail/address.hpp"
#include "mail/classification.hpp"

namespace greyhound::smtp {

using mail::Outcome;
using mail::Stage;
using mail::Verdict;

namespace {

// The text may only refine what the code says.
constexpr std::array<std::string_view, 5> elsewhere_words{
    "other mx", "next mx", "backup mx", "secondary mx", "different mx"};

bool asks_to_go_elsewhere(const Outcome& outcome) {
  if (!outcome.reply) return false;
  const auto text = mail::lower_case(outcome.reply->text());
  return std::any_of(elsewhere_words.begin(), elsewhere_words.end(), [&text](auto word) {
    return text.find(word) != text.npos;
  });
}

// No server refused it: this one offers less than the message needs, and was never asked.
bool was_kept_back(const Outcome& outcome) {
  return outcome.verdict == Verdict::refused && outcome.stage == Stage::mail && !outcome.reply;
}

}  // namespace

bool is_reason_for_next_host(const Outcome& outcome,
                             Progress progress,
                             const mail::ReplyRules& rules) {
  if (was_kept_back(outcome)) return true;
  const bool is_deferred = outcome.verdict == Verdict::deferred;
  if (progress == Progress::in_body) return false;
  switch (outcome.stage) {
    case Stage::connect:
    case Stage::greeting:
    case Stage::ehlo:
    case Stage::tls:
    case Stage::auth:
      return true;
    case Stage::mail:
      return is_deferred &&
             mail::classify(outcome, rules).reply_class != mail::ReplyClass::greylist;
    case Stage::rcpt:
      break;
    default:
      return false;
  }
  const bool was_cut = is_deferred && !outcome.reply && progress == Progress::before_rcpt_reply;
  return was_cut || (is_deferred && asks_to_go_elsewhere(outcome));
}

}  // namespace greyhound::smtp
