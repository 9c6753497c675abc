// EventLog: one line per event, key=value, to standard error (journald-friendly). Never message
// content. Text from outside is quoted and its control characters escaped.
// Runs on: any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace greyhound::runtime {

struct LogField {
  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, const std::string& text) : key(name), value(text) {}
  LogField(std::string_view name, const char* text) : key(name), value(text) {}
  template <class Number>
    requires std::is_arithmetic_v<Number>
  LogField(std::string_view name, Number number) : key(name), value(std::to_string(number)) {}

  std::string_view key;
  std::string value;
};

class EventLog {
 public:
  enum class Level : std::uint8_t { debug, info, warning, error };

  EventLog() = default;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  virtual ~EventLog() = default;

  virtual void write(Level level, std::string line) = 0;
  virtual bool wants(Level) const { return true; }  // false: do not take the trouble

  void debug(std::string_view event, std::initializer_list<LogField> fields = {});
  void info(std::string_view event, std::initializer_list<LogField> fields = {});
  void warning(std::string_view event, std::initializer_list<LogField> fields = {});
  void error(std::string_view event, std::initializer_list<LogField> fields = {});
};

// Standard error, each line with a UTC time and the level; all of the process share it. Lines below
// a warning may take some milliseconds, and are lost if the process is killed within them.
class StderrLog final : public EventLog {
 public:
  explicit StderrLog(Level least);
  void write(Level level, std::string line) override;
  bool wants(Level level) const override;

  // The lines that are still collected, before the process aborts. May leave them if a thread is
  // just writing: that could be the one that calls.
  static void write_collected();
};

// Drops everything; for tests that do not look at the log.
class SilentLog final : public EventLog {
 public:
  void write(Level, std::string) override {}
};

std::string quoted(std::string_view text);  // as is, or in quotes with escapes where needed

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::EventLog;
using runtime::LogField;
using runtime::SilentLog;
using runtime::StderrLog;
}  // namespace greyhound
