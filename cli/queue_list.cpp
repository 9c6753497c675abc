#include <ostream>

#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "cli/queue_source.hpp"
#include "cli/table.hpp"

namespace greyhound::cli {

int queue_list(const QueueOptions& options, Console& console) {
  const auto settings = load_settings(options.config_folder, Warnings::kept_quiet, console);
  if (!settings) return exit_config_error;
  const runtime::SystemClock clock;
  StderrLog log(EventLog::Level::warning);
  const auto source = open_queue(*settings, clock, log, console);
  if (!source) {
    console.err << "greyhound: " << printable(source.error().what) << '\n';
    return exit_io_error;
  }
  Table table(list_header(), console.out, console.width);
  bool is_empty = true;
  std::string after;
  do {
    auto page = (*source)->list(after);
    if (!page) {
      table.finish();
      console.err << "greyhound: " << printable(page.error().what) << '\n';
      return exit_io_error;
    }
    for (const auto& delivery : page->deliveries) {
      is_empty = false;
      if (options.as_json) {
        console.out << agent::to_line(delivery) << '\n';
      } else {
        table.add(list_row(delivery, clock.wall()));
      }
    }
    after = page->next;
  } while (!after.empty() && console.out.good());
  table.finish();
  if (is_empty && !options.as_json) console.err << "greyhound: the queue is empty\n";
  return console.out.good() ? exit_done : exit_io_error;
}

}  // namespace greyhound::cli
