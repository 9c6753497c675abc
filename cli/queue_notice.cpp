#include <ostream>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/queue_source.hpp"

namespace greyhound::cli {
namespace {

// Byte for byte; on a terminal in lines that cannot steer it.
void print(std::string_view text, Console& console) {
  if (!console.width) {
    console.out << text;
    return;
  }
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    console.out << printable(text.substr(0, end)) << '\n';
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
}

}  // namespace

int queue_notice(const QueueOptions& options,
                 const std::string& id,
                 const std::string& kind,
                 Console& console) {
  const auto settings = load_settings(options.config_folder, SettingsFor::its_callers, console);
  if (!settings) return exit_config_error;
  const runtime::SystemClock clock;
  StderrLog log(EventLog::Level::warning);
  const auto source = open_queue(*settings, clock, log, console);
  const auto found = source ? (*source)->notice(id, kind) : source.error();
  if (!found) {
    console.err << "greyhound: " << printable(found.error().what) << '\n';
    return exit_io_error;
  }
  if (found->text.empty()) {
    console.err << "greyhound: " << printable(found->problem) << '\n';
    for (const auto& candidate : found->candidates)
      console.err << "  " << printable(candidate) << '\n';
    return exit_problems_found;
  }
  print(found->text, console);
  return exit_done;
}

}  // namespace greyhound::cli
