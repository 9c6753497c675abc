#include "peers/receiver_options.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace greyhound::peers {
namespace {

constexpr std::array stages{RefusalStage::rcpt, RefusalStage::data, RefusalStage::eom};
constexpr std::array actions{ReceiverRule::Action::accept,
                             ReceiverRule::Action::greylist,
                             ReceiverRule::Action::defer,
                             ReceiverRule::Action::refuse};

template <class Enum, std::size_t n>
std::optional<Enum> named(const std::array<Enum, n>& values, std::string_view name) {
  for (const auto value : values) {
    if (to_string(value) == name) return value;
  }
  return std::nullopt;
}

std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

}  // namespace

std::string_view to_string(RefusalStage stage) {
  switch (stage) {
    case RefusalStage::rcpt:
      return "rcpt";
    case RefusalStage::data:
      return "data";
    case RefusalStage::eom:
      return "eom";
  }
  return "unknown";
}

std::string_view to_string(ReceiverRule::Action action) {
  switch (action) {
    case ReceiverRule::Action::accept:
      return "accept";
    case ReceiverRule::Action::greylist:
      return "greylist";
    case ReceiverRule::Action::defer:
      return "defer";
    case ReceiverRule::Action::refuse:
      return "refuse";
  }
  return "unknown";
}

std::optional<ReceiverRule> ReceiverRule::parse(std::string_view text) {
  ReceiverRule rule;
  rule.recipient = take_word(text);
  const auto action = named(actions, take_word(text));
  if (rule.recipient.empty() || !action) return std::nullopt;
  rule.action = *action;
  if (const auto stage = named(stages, text.substr(0, text.find(' ')))) {
    rule.stage = stage;
    take_word(text);
  }
  if (text.empty()) return rule;
  rule.reply = parse_reply_text(text);
  return rule.reply ? std::optional(std::move(rule)) : std::nullopt;
}

}  // namespace greyhound::peers
