// LogEvent: one line of the agent's log, taken apart.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace greyhound::e2e {

using Fields = std::map<std::string, std::string, std::less<>>;

struct LogEvent {
  std::string level;
  std::string event;
  Fields fields;

  // "2026-03-01T12:00:00.000Z info deferred to=bob@x.example reply=\"451 …\""
  static std::optional<LogEvent> parse(std::string_view line);
  std::string field(std::string_view key) const;  // "": not there
  bool fits(std::string_view name, const Fields& wanted) const;
};

}  // namespace greyhound::e2e
