#include "runtime/event_log.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace greyhound::runtime {
namespace {

spdlog::logger& standard_error() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("greyhound",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum to_spdlog(EventLog::Level level) {
  switch (level) {
    case EventLog::Level::debug:
      return spdlog::level::debug;
    case EventLog::Level::info:
      return spdlog::level::info;
    case EventLog::Level::warning:
      return spdlog::level::warn;
    case EventLog::Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string to_line(std::string_view event, std::initializer_list<LogField> fields) {
  std::string line(event);
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += quoted(field.value);
  }
  return line;
}

}  // namespace

std::string quoted(std::string_view text) {
  const auto is_plain = [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '=';
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;  // UTF-8 stays readable
    }
  }
  return out + '"';
}

void EventLog::debug(std::string_view event, std::initializer_list<LogField> fields) {
  if (wants(Level::debug)) write(Level::debug, to_line(event, fields));
}
void EventLog::info(std::string_view event, std::initializer_list<LogField> fields) {
  write(Level::info, to_line(event, fields));
}
void EventLog::warning(std::string_view event, std::initializer_list<LogField> fields) {
  write(Level::warning, to_line(event, fields));
}
void EventLog::error(std::string_view event, std::initializer_list<LogField> fields) {
  write(Level::error, to_line(event, fields));
}

StderrLog::StderrLog(Level least) {
  standard_error().set_level(to_spdlog(least));
}

void StderrLog::write(Level level, std::string line) {
  standard_error().log(to_spdlog(level), spdlog::string_view_t(line));
}

bool StderrLog::wants(Level level) const {
  return standard_error().should_log(to_spdlog(level));
}

}  // namespace greyhound::runtime
