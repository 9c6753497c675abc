#include <algorithm>
#include <future>
#include <ostream>

#include <nlohmann/json.hpp>

#include "agent/queue_row.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "cli/queue_source.hpp"
#include "cli/table.hpp"

namespace greyhound::cli {
namespace {

// False: that is no list.
bool add_rows(Table& table, std::string_view lines, const std::string& state, Instant now) {
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const auto row = agent::parse_queue_row(line);
    if (!row) return false;
    if (state.empty() || row->state == state) table.add(list_row(*row, now));
  }
  return true;
}

// JSON lines, those in that state.
std::string lines_in(std::string_view lines, const std::string& state) {
  std::string wanted;
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    if (text_at(Json::parse(line, nullptr, false), "state") != state) continue;
    wanted += line;
    wanted += '\n';
  }
  return wanted;
}

// Fetches the next page while the one before is printed: the agent works on one core, we on
// another.
class PagesAhead {
 public:
  PagesAhead(QueueSource& source, ListForm form) : source_(source), form_(form) { fetch(""); }

  // nullopt: the last page was given.
  std::optional<Result<QueuePage>> next() {
    if (!coming_.valid()) return std::nullopt;
    auto page = coming_.get();
    if (page && !page->next.empty()) fetch(page->next);
    return page;
  }

 private:
  void fetch(std::string after) {
    coming_ = std::async(std::launch::async,
                         [this, after = std::move(after)] { return source_.list(after, form_); });
  }

  QueueSource& source_;
  const ListForm form_;
  std::future<Result<QueuePage>> coming_;  // one at a time
};

}  // namespace

int queue_list(const QueueOptions& options, Console& console) {
  const auto& state = options.state;
  if (state == "quarantined") return quarantine_list(options, console);
  const auto settings = load_settings(options.config_folder, SettingsFor::its_callers, console);
  if (!settings) return exit_config_error;
  const runtime::SystemClock clock;
  StderrLog log(EventLog::Level::warning);
  const auto source = open_queue(*settings, clock, log, console);
  if (!source) {
    console.err << "greyhound: " << printable(source.error().what) << '\n';
    return exit_io_error;
  }
  const auto form = options.as_json ? ListForm::json : ListForm::rows;
  Table table(list_header(), console.out, console.width);
  PagesAhead pages(**source, form);
  while (const auto fetched = pages.next()) {
    const auto& page = *fetched;
    if (!page) {
      table.finish();
      console.err << "greyhound: " << printable(page.error().what) << '\n';
      return exit_io_error;
    }
    if (options.as_json) {
      console.out << (state.empty() ? page->lines : lines_in(page->lines, state));
    } else if (!add_rows(table, page->lines, state, clock.wall())) {
      table.finish();
      console.err << "greyhound: the agent's answer is no list of the queue\n";
      return exit_io_error;
    }
    if (!console.out.good()) break;
  }
  table.finish();
  if (table.is_empty() && !options.as_json && console.out.good()) {
    console.err << "greyhound: "
                << (state.empty() ? "the queue is empty" : "no delivery is " + state) << '\n';
  }
  return console.out.good() ? exit_done : exit_io_error;
}

}  // namespace greyhound::cli
