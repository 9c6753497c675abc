#include <iostream>
#include <ostream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "agent/queue_view.hpp"
#include "cli/agent_client.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/integrity_text.hpp"
#include "queue/integrity.hpp"

namespace greyhound::cli {
namespace {

int failed(const Error& error, Console& console) {
  console.err << "greyhound: " << printable(error.what) << '\n';
  if (error.fault != Fault::busy) return exit_io_error;
  console.err << "greyhound: stop the agent first; nothing was changed\n";
  return exit_agent_unreachable;
}

}  // namespace

// One line that is written over, and only where somebody sees it.
queue::ProgressListener progress_on(Console& console) {
  if (&console.err != &std::cerr || ::isatty(STDERR_FILENO) != 1) return {};
  return [&console](const queue::Progress& progress) {
    console.err << "\r\x1b[Kchecking " << progress.step << ": " << progress.done << std::flush;
  };
}

void end_progress(const queue::ProgressListener& listener, Console& console) {
  if (listener) console.err << "\r\x1b[K" << std::flush;
}

bool is_agent_running(const config::Settings& settings) {
  AgentClient client(settings.control_socket);
  const auto status = client.get("/v1/status");
  return status && status->status == 200;
}

int db_check(const QueueOptions& options, const CheckOptions& check, Console& console) {
  const auto settings = load_settings(options.config_folder, SettingsFor::its_callers, console);
  if (!settings) return exit_config_error;
  if (check.repairs && is_agent_running(*settings)) {
    return failed({Fault::busy, "the agent is running: a repair needs the queue for itself"},
                  console);
  }
  const runtime::SystemClock clock;
  StderrLog log(EventLog::Level::warning);
  const auto listener = progress_on(console);
  const auto report = check.repairs ? queue::repair_queue(settings->queue, clock, log, listener)
                                    : queue::check_integrity(settings->queue, log, listener);
  end_progress(listener, console);
  if (!report) return failed(report.error(), console);
  const auto& folder = settings->queue.folder;
  if (options.as_json) {
    console.out << agent::to_line(integrity_view(folder, *report)) << '\n';
  } else {
    console.out << integrity_text(folder, *report);
  }
  if (!report->is_clean() && !check.repairs) {
    console.err << "greyhound: stop the agent, then: greyhound db check --repair\n";
  }
  if (!console.out.good()) return exit_io_error;
  return report->is_clean() ? exit_done : exit_problems_found;
}

}  // namespace greyhound::cli
