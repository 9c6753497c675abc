#include "smtp_client/dialogue_script.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace greyhound::smtp {
namespace {

constexpr std::string_view final_dot = ".\r\n";
constexpr std::string_view end_of_message = "\r\n.\r\n";
constexpr std::string_view hidden = "<hidden>";

constexpr std::array<std::string_view, 10> commands{
    "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "QUIT"};

std::string counted(std::uint64_t bytes) {
  return "<" + std::to_string(bytes) + " bytes>";
}

// The word at the front, which is cut off together with the space behind it.
std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

std::uint64_t number(std::string_view word) {
  std::uint64_t value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

}  // namespace

DialogueScript::Lines DialogueScript::sent(std::string_view bytes) {
  Lines lines;
  while (!bytes.empty()) {
    if (passing_ == Passing::message) {
      take_message(bytes, lines);
      return lines;
    }
    bytes = chunk_left_ > 0 ? take_chunk(bytes, lines) : take_command(bytes, lines);
  }
  return lines;
}

std::string_view DialogueScript::take_chunk(std::string_view bytes, Lines& lines) {
  const auto count = std::min<std::uint64_t>(bytes.size(), chunk_left_);
  chunk_left_ -= count;
  if (chunk_left_ == 0) lines.push_back(counted(chunk_bytes_));
  return bytes.substr(count);
}

std::string_view DialogueScript::take_command(std::string_view bytes, Lines& lines) {
  const auto end = bytes.find('\n');
  begun_ += bytes.substr(0, end);
  if (end == std::string_view::npos) return {};
  lines.push_back(shown(std::exchange(begun_, {})));
  return bytes.substr(end + 1);
}

std::string DialogueScript::shown(std::string_view command) {
  if (passing_ == Passing::secrets) return std::string(hidden);
  const auto bytes_on_the_wire = command.size() + 1;
  if (command.ends_with('\r')) command.remove_suffix(1);
  auto rest = command;
  const auto verb = take_word(rest);
  if (std::find(commands.begin(), commands.end(), verb) == commands.end()) {
    return counted(bytes_on_the_wire);
  }
  if (verb == "BDAT") chunk_bytes_ = chunk_left_ = number(take_word(rest));
  if (verb == "AUTH") {
    passing_ = Passing::secrets;
    const auto mechanism = std::string(take_word(rest));
    return "AUTH " + mechanism + (rest.empty() ? "" : " " + std::string(hidden));
  }
  return std::string(command);
}

void DialogueScript::take_message(std::string_view bytes, Lines& lines) {
  message_bytes_ += bytes.size();
  message_end_ += bytes.substr(bytes.size() - std::min(bytes.size(), end_of_message.size()));
  if (message_end_.size() > end_of_message.size()) {
    message_end_.erase(0, message_end_.size() - end_of_message.size());
  }
  if (message_end_ != end_of_message) return;
  passing_ = Passing::commands;
  lines.push_back(counted(message_bytes_ - final_dot.size()));
  lines.emplace_back(".");
}

DialogueScript::Lines DialogueScript::received(const mail::Reply& reply) {
  const bool is_challenge = passing_ == Passing::secrets && reply.first_digit() == 3;
  if (is_challenge) return {std::to_string(reply.code) + " " + std::string(hidden)};
  if (passing_ == Passing::secrets) passing_ = Passing::commands;
  // Whatever is taken for a go-ahead (reply_meaning.hpp).
  if (passing_ == Passing::commands && reply.first_digit() == 3) {
    passing_ = Passing::message;
    message_bytes_ = 0;
    message_end_ = "\r\n";
  }
  Lines lines;
  for (std::size_t i = 0; i < reply.lines.size(); ++i) {
    const auto* const mark = i + 1 < reply.lines.size() ? "-" : " ";
    lines.push_back(std::to_string(reply.code) + mark + reply.lines[i]);
  }
  return lines;
}

}  // namespace greyhound::smtp
