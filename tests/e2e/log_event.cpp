#include "e2e/log_event.hpp"

#include <algorithm>

namespace greyhound::e2e {
namespace {

std::string take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return std::string(word);
}

// A value in quotes or up to the next space. Only '\\' and '"' need undoing for what tests compare.
std::string take_value(std::string_view& text) {
  if (!text.starts_with('"')) return take_word(text);
  std::string value;
  std::size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    const bool is_escape = text[i] == '\\' && i + 1 < text.size();
    if (is_escape && (text[i + 1] == '\\' || text[i + 1] == '"')) ++i;
    value += text[i];
  }
  text.remove_prefix(std::min(text.size(), i + 2));
  return value;
}

}  // namespace

std::optional<LogEvent> LogEvent::parse(std::string_view line) {
  const auto time = take_word(line);
  if (!time.ends_with('Z')) return std::nullopt;
  LogEvent event;
  event.level = take_word(line);
  event.event = take_word(line);
  while (!line.empty()) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) break;
    const std::string key(line.substr(0, equals));
    line.remove_prefix(equals + 1);
    event.fields[key] = take_value(line);
  }
  return event;
}

std::string LogEvent::field(std::string_view key) const {
  const auto found = fields.find(key);
  return found == fields.end() ? std::string() : found->second;
}

bool LogEvent::fits(std::string_view name, const Fields& wanted) const {
  if (event != name) return false;
  return std::all_of(
      wanted.begin(), wanted.end(), [this](const auto& w) { return field(w.first) == w.second; });
}

}  // namespace greyhound::e2e
