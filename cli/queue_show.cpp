#include <ostream>

#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "cli/queue_source.hpp"

namespace greyhound::cli {

int queue_show(const QueueOptions& options, const std::string& id, Console& console) {
  const auto settings = load_settings(options.config_folder, Warnings::kept_quiet, console);
  if (!settings) return exit_config_error;
  const runtime::SystemClock clock;
  StderrLog log(EventLog::Level::warning);
  const auto source = open_queue(*settings, clock, log, console);
  if (!source) {
    console.err << "greyhound: " << printable(source.error().what) << '\n';
    return exit_io_error;
  }
  const auto found = (*source)->message(id);
  if (!found) {
    console.err << "greyhound: " << printable(found.error().what) << '\n';
    return exit_io_error;
  }
  if (found->message.empty()) {
    console.err << "greyhound: " << printable(found->problem) << '\n';
    for (const auto& candidate : found->candidates) {
      console.err << "  " << printable(candidate) << '\n';
    }
    return exit_problems_found;
  }
  const auto& message = found->message.front();
  console.out << (options.as_json ? agent::to_line(message) + "\n"
                                  : message_text(message, clock.wall()));
  return exit_done;
}

}  // namespace greyhound::cli
