#include <array>
#include <istream>
#include <ostream>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/sendmail_arguments.hpp"
#include "cli/smtp_submitter.hpp"
#include "cli/submission.hpp"
#include "runtime/duration_text.hpp"
#include "runtime/random.hpp"

namespace greyhound::cli {
namespace {

int complain(Console& console, Sysexit code, std::string_view what) {
  console.err << "sendmail: " << printable(what) << '\n';
  return static_cast<int>(code);
}

std::string login_name() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const auto uid = ::getuid();
  const int failed = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return failed == 0 && found != nullptr ? found->pw_name : "uid" + std::to_string(uid);
}

// Standard input to its end; nothing if it is longer than any message may be.
std::optional<std::string> read_input(std::istream& in, std::uint64_t limit_bytes) {
  std::string input;
  std::array<char, 64 << 10> buffer{};
  while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
    input.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (input.size() > limit_bytes) return std::nullopt;
  }
  return input;
}

const intake::UnixListener* first_unix_listener(const config::Settings& settings) {
  for (const auto& listener : settings.intake.listeners) {
    if (const auto* unix_one = std::get_if<intake::UnixListener>(&listener)) return unix_one;
  }
  return nullptr;
}

Submitter submitter_for(const config::Settings& settings) {
  const runtime::SystemClock clock;
  auto random = Random::from_system();
  const auto now = clock.wall();
  return Submitter{
      .user = login_name(),
      .domain = settings.domain,
      .hostname = settings.hostname,
      .now = now,
      .unique = fmt::format("{:x}.{:016x}", now.time_since_epoch().count(), random.next())};
}

int submit_input(const config::Settings& settings,
                 const SendmailArguments& arguments,
                 Console& console) {
  const auto* const listener = first_unix_listener(settings);
  if (listener == nullptr) {
    return complain(console, Sysexit::config, "no unix listener in intake.listeners");
  }
  const auto input = read_input(console.in, settings.intake.max_message_bytes);
  if (!input) {
    const auto limit = to_size_text(settings.intake.max_message_bytes);
    return complain(console, Sysexit::data, "the message is larger than " + limit);
  }
  const auto submission = make_submission(arguments, *input, submitter_for(settings));
  if (!submission) return complain(console, Sysexit::data, submission.error().what);
  const auto result = submit(listener->path, settings.hostname, arguments, *submission);
  if (result.code != Sysexit::ok) return complain(console, result.code, result.what);
  if (arguments.is_verbose) console.out << printable(result.what) << '\n';
  return static_cast<int>(Sysexit::ok);
}

}  // namespace

int sendmail(const std::filesystem::path& config_folder,
             const std::vector<std::string>& arguments,
             Console& console) {
  const auto parsed = parse_sendmail_arguments(arguments);
  if (!parsed) return complain(console, Sysexit::usage, parsed.error().what);
  switch (parsed->mode) {
    case SendmailArguments::Mode::run_queue:
      return static_cast<int>(Sysexit::ok);
    case SendmailArguments::Mode::list_queue:
      return queue_list({.config_folder = config_folder}, console);
    case SendmailArguments::Mode::submit:
      break;
  }
  // Found out before standard input is read, so that nobody types a letter for nothing.
  if (parsed->recipients.empty() && !parsed->reads_header) {
    return complain(console, Sysexit::usage, "no recipients; name them, or use -t");
  }
  const auto settings = load_settings(config_folder, Warnings::kept_quiet, console);
  if (!settings) return static_cast<int>(Sysexit::config);
  return submit_input(*settings, *parsed, console);
}

}  // namespace greyhound::cli
