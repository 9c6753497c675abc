#include "scheduler/rehearsal/receiver_model.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace greyhound::scheduler {
namespace {

using mail::EnhancedStatus;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "00:29:59" in a text is the time that is left: as a sample it is from another moment.
std::string with_time_left(std::string text, Duration left) {
  const std::string_view shape = "dd:dd:dd";
  const auto fits = [&](std::size_t at) {
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == ':' ? text[at + i] != ':' : !is_digit(text[at + i])) return false;
    }
    return true;
  };
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
  for (std::size_t at = 0; at + shape.size() <= text.size(); ++at) {
    if (!fits(at)) continue;
    std::array<char, 32> clock{};
    const auto length = std::snprintf(clock.data(),
                                      clock.size(),
                                      "%02d:%02d:%02d",
                                      static_cast<int>(seconds / 3600 % 100),
                                      static_cast<int>(seconds / 60 % 60),
                                      static_cast<int>(seconds % 60));
    text.replace(at, shape.size(), clock.data(), static_cast<std::size_t>(length));
    break;
  }
  return text;
}

// The code in front of a sample text, which may be missing.
int cut_code(std::string& text) {
  const bool has_code = text.size() > 3 && is_digit(text[0]) && is_digit(text[1]) &&
                        is_digit(text[2]) && (text[3] == ' ' || text[3] == '-');
  if (!has_code) return 0;
  const auto code = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  text.erase(0, 4);
  return code;
}

mail::Outcome answered(mail::Stage stage, mail::Verdict verdict, int code, std::string text) {
  auto reply = mail::make_reply(code, {std::move(text)});
  const auto given = static_cast<EnhancedStatus::Class>(reply.first_digit());
  const auto status = reply.status.value_or(EnhancedStatus(given, 0, 0));
  return {.verdict = verdict,
          .stage = stage,
          .status = status,
          .reply = std::move(reply),
          .reason = ""};
}

}  // namespace

Duration ReceiverModel::earliest_pass(const Greylister& greylister) {
  return greylister.window.value_or(Duration::zero()) +
         greylister.third_contact.value_or(Duration::zero());
}

bool ReceiverModel::is_stranger(Instant at) const {
  if (!first_) return true;
  const auto since = greylister_.is_pending_renewed ? latest_ : *first_;
  return !is_verified_ && !door_opened_ && greylister_.pending && at - since > *greylister_.pending;
}

Duration ReceiverModel::window() const {
  const auto longer = greylister_.window.value_or(Duration::zero()) + penalty_;
  const auto& penalty = greylister_.penalty;
  return penalty && penalty->most ? std::min(longer, *penalty->most) : longer;
}

bool ReceiverModel::lets_through(Instant at) {
  if (is_stranger(at)) {
    first_ = at;
    penalty_ = Duration::zero();
    return false;
  }
  if (is_verified_) return true;
  if (at - first_.value_or(at) < window()) {
    if (greylister_.penalty) penalty_ += greylister_.penalty->each;
    return false;
  }
  if (!greylister_.third_contact) return true;
  if (door_opened_) return at - *door_opened_ >= *greylister_.third_contact;
  door_opened_ = at;
  return false;
}

mail::Outcome ReceiverModel::refusal(Instant at) const {
  const bool has_own_text = texts_ == Texts::as_catalogued && !greylister_.texts.empty();
  auto stage = mail::Stage::rcpt;
  std::string text = "4.7.1 Try again later";
  int code = 451;
  if (has_own_text) {
    stage = greylister_.stage.value_or(stage);
    text = greylister_.texts.front();
    const auto own_code = cut_code(text);
    code = own_code != 0 ? own_code : greylister_.code != 0 ? greylister_.code : code;
    text = with_time_left(std::move(text), first_.value_or(at) + window() - at);
  }
  return answered(stage, mail::Verdict::deferred, code, std::move(text));
}

mail::Outcome ReceiverModel::contact(Instant at) {
  const bool passes = lets_through(at);
  latest_ = at;
  if (!passes) return refusal(at);
  is_verified_ = true;
  return answered(mail::Stage::eom, mail::Verdict::delivered, 250, "2.0.0 accepted");
}

}  // namespace greyhound::scheduler
