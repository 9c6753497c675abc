#include <ostream>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/integrity_text.hpp"
#include "queue/backup.hpp"

namespace greyhound::cli {
namespace {

int failed(const Error& error, Console& console) {
  console.err << "greyhound: " << printable(error.what) << '\n';
  switch (error.fault) {
    case Fault::busy:
      console.err << "greyhound: stop the agent first; nothing was changed\n";
      return exit_agent_unreachable;
    case Fault::config:
      console.err << "greyhound: nothing was changed\n";
      return exit_problems_found;
    default:
      return exit_io_error;
  }
}

// A backup that is damaged does not take the place of anything.
std::optional<int> refuse_backup(const queue::QueueSettings& backup,
                                 EventLog& log,
                                 Console& console) {
  const auto listener = progress_on(console);
  const auto report = queue::check_integrity(backup, log, listener);
  end_progress(listener, console);
  if (!report) {
    console.err << "greyhound: " << printable(report.error().what) << "; nothing was changed\n";
    return exit_io_error;
  }
  if (report->is_clean()) return std::nullopt;
  console.out << integrity_text(backup.folder, *report);
  console.err
      << "greyhound: the backup is damaged; nothing was changed. If it is all there is: copy "
         "the folder to the queue's place by hand, then greyhound db check --repair\n";
  return exit_problems_found;
}

}  // namespace

int db_restore(const QueueOptions& options, const RestoreOptions& restore, Console& console) {
  const auto settings = load_settings(options.config_folder, SettingsFor::its_callers, console);
  if (!settings) return exit_config_error;
  const auto& folder = settings->queue.folder;
  if (is_agent_running(*settings)) {
    return failed({Fault::busy, "the agent is running: it has the queue open"}, console);
  }
  StderrLog log(EventLog::Level::warning);
  queue::QueueSettings backup = settings->queue;
  backup.folder = restore.backup;
  if (const auto refused = refuse_backup(backup, log, console)) return *refused;
  const auto replace =
      restore.replaces ? queue::Replace::whatever_is_there : queue::Replace::nothing;
  const runtime::SystemClock clock;
  const auto restored = queue::restore_backup(settings->queue, backup.folder, replace, clock);
  if (!restored) {
    const int code = failed(restored.error(), console);
    if (code == exit_problems_found) {
      console.err << "greyhound: --replace moves that queue aside and restores the backup\n";
    }
    return code;
  }
  console.out << "restored to " << printable(folder.string()) << '\n';
  if (const auto& aside = restored->moved_aside) {
    console.out << "what was there is in " << printable(aside->string()) << '\n';
  }
  console.err
      << "greyhound: mail that was delivered since the backup was made will be sent again\n";
  return console.out.good() ? exit_done : exit_io_error;
}

}  // namespace greyhound::cli
