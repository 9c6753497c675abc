#include "scheduler/rehearsal/reply_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace greyhound::scheduler {
namespace {

using mail::EnhancedStatus;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

mail::Outcome replied_with(mail::Stage stage, mail::Verdict verdict, int code, std::string text) {
  auto reply = mail::make_reply(code, {std::move(text)});
  const auto given = static_cast<EnhancedStatus::Class>(reply.first_digit());
  const auto status = reply.status.value_or(EnhancedStatus(given, 0, 0));
  return {.verdict = verdict,
          .stage = stage,
          .status = status,
          .reply = std::move(reply),
          .reason = ""};
}

int cut_code(std::string& text) {
  const bool has_code = text.size() >= 3 && is_digit(text[0]) && is_digit(text[1]) &&
                        is_digit(text[2]) && (text.size() == 3 || text[3] == ' ' || text[3] == '-');
  const auto code = has_code ? (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0') : 0;
  if (code < 200 || code > 599) return 0;
  text.erase(0, 4);
  return code;
}

mail::Outcome outcome_on_record(mail::Stage stage, mail::Verdict verdict, std::string text) {
  if (const auto code = cut_code(text); code != 0) {
    return replied_with(stage, verdict, code, std::move(text));
  }
  constexpr EnhancedStatus nothing_known{EnhancedStatus::Class::transient, 0, 0};
  const auto end = std::min(text.find(' '), text.size());
  const auto status = EnhancedStatus::parse(text.substr(0, end));
  if (status) text.erase(0, std::min(end + 1, text.size()));
  return {.verdict = verdict,
          .stage = stage,
          .status = status.value_or(nothing_known),
          .reply = {},
          .reason = std::move(text)};
}

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

}  // namespace greyhound::scheduler
