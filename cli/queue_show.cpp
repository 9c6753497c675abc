#include <functional>
#include <ostream>

#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "cli/explanation_text.hpp"
#include "cli/queue_source.hpp"

namespace greyhound::cli {
namespace {

// What is asked of the source, and how a person reads one object of its answer.
struct Question {
  std::function<Result<FoundObjects>(QueueSource&)> ask;
  std::function<std::string(const Json&, Instant now)> to_text;
};

int show(const QueueOptions& options, const Question& question, Console& console) {
  const auto settings = load_settings(options.config_folder, SettingsFor::its_callers, console);
  if (!settings) return exit_config_error;
  const runtime::SystemClock clock;
  StderrLog log(EventLog::Level::warning);
  const auto source = open_queue(*settings, clock, log, console);
  const auto found = source ? question.ask(**source) : source.error();
  if (!found) {
    console.err << "greyhound: " << printable(found.error().what) << '\n';
    return exit_io_error;
  }
  if (found->objects.empty()) {
    console.err << "greyhound: " << printable(found->problem) << '\n';
    for (const auto& candidate : found->candidates) {
      console.err << "  " << printable(candidate) << '\n';
    }
    return exit_problems_found;
  }
  const auto now = clock.wall();
  for (const auto& object : found->objects) {
    if (options.as_json) {
      console.out << agent::to_line(object) << '\n';
      continue;
    }
    if (&object != &found->objects.front()) console.out << "\n\n";
    console.out << question.to_text(object, now);
  }
  return exit_done;
}

}  // namespace

int queue_show(const QueueOptions& options, const std::string& id, Console& console) {
  const auto ask = [&id](QueueSource& source) { return source.message(id); };
  return show(options, {.ask = ask, .to_text = message_text}, console);
}

int queue_explain(const QueueOptions& options, const std::string& id, Console& console) {
  const auto ask = [&id](QueueSource& source) { return source.explanations(id); };
  return show(options, {.ask = ask, .to_text = explanation_text}, console);
}

}  // namespace greyhound::cli
