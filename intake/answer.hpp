// Answer: one reply of ours to a command, always with its enhanced status.
// Source: RFC 5321 section 4.2, RFC 2034 section 4 (no status in 3yz replies).
// Text is ours alone: nothing a client sent is ever echoed.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace greyhound::intake {

class Answer {
 public:
  Answer(int code, std::string_view status, std::string text)
      : code_(code), status_(status), text_(std::move(text)) {}

  int code() const { return code_; }
  const std::string& status() const { return status_; }
  const std::string& text() const { return text_; }
  bool is_refusal() const { return code_ >= 400; }

  std::string to_line() const {
    return std::to_string(code_) + " " + (status_.empty() ? "" : status_ + " ") + text_ + "\r\n";
  }

  friend bool operator==(const Answer&, const Answer&) = default;

 private:
  int code_;
  std::string status_;  // empty: none belongs to it
  std::string text_;
};

}  // namespace greyhound::intake
