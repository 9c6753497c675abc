#include <fstream>
#include <istream>
#include <ostream>
#include <string>

#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "agent/reply_reading.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "runtime/clock.hpp"

namespace greyhound::cli {
namespace {

// Values as in JSON, but for strings, which stand as they are.
std::string as_fields(const nlohmann::ordered_json& view) {
  std::string text;
  for (const auto& value : view) {
    if (!text.empty()) text += '\t';
    text += value.is_string() ? printable(value.get<std::string>()) : value.dump();
  }
  return text;
}

bool read_all(std::istream& in,
              bool as_json,
              const scheduler::RetrySettings& settings,
              Console& console) {
  const auto now = SystemClock().wall();
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    const auto reading = agent::read_reply_line(line, settings, now);
    if (!reading.complaint.empty()) {
      console.err << "greyhound: line " << number << ' ' << reading.complaint << '\n';
    }
    const auto view = agent::reading_view(reading);
    console.out << (as_json ? agent::to_line(view) : as_fields(view)) << '\n';
  }
  return !in.bad() && console.out.good();
}

}  // namespace

int classify(const QueueOptions& options, const std::string& file, Console& console) {
  const auto settings = load_settings_or_defaults(options.config_folder, console);
  if (!settings) return exit_config_error;
  if (file.empty() || file == "-") {
    return read_all(console.in, options.as_json, settings->retry, console) ? exit_done
                                                                           : exit_io_error;
  }
  std::ifstream stream(file, std::ios::binary);
  if (stream && read_all(stream, options.as_json, settings->retry, console)) return exit_done;
  console.err << "greyhound: " << printable(file) << " cannot be read\n";
  return exit_io_error;
}

}  // namespace greyhound::cli
