#include <array>
#include <chrono>
#include <istream>
#include <ostream>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/drop_folder.hpp"
#include "cli/local_socket.hpp"
#include "cli/sendmail_arguments.hpp"
#include "cli/smtp_relay.hpp"
#include "cli/smtp_submitter.hpp"
#include "cli/submission.hpp"
#include "mail/drop_file.hpp"
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

// Standard input to its end; half a message is none. Fault::protocol: it is longer than any message
// may be.
Result<std::string> read_input(std::istream& in, std::uint64_t limit_bytes) {
  std::string input;
  std::array<char, 64 << 10> buffer{};
  while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
    input.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (input.size() > limit_bytes) {
      return Error{Fault::protocol, "the message is larger than " + to_size_text(limit_bytes)};
    }
  }
  if (in.bad()) return Error{Fault::disk, "the message cannot be read to its end"};
  return input;
}

// Asks the system's user database.
bool is_user(const std::string& name) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const int failed = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  return failed == 0 && found != nullptr;
}

std::vector<std::filesystem::path> unix_listeners(const config::Settings& settings) {
  std::vector<std::filesystem::path> paths;
  for (const auto& listener : settings.intake.listeners) {
    const auto* const unix_one = std::get_if<intake::UnixListener>(&listener);
    if (unix_one != nullptr) paths.push_back(unix_one->path);
  }
  return paths;
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
      .unique = fmt::format("{:x}.{:016x}", now.time_since_epoch().count(), random.next()),
      .is_local_user = is_user,
      .local_to = settings.intake.local_to};
}

// What the agent would refuse later, when nobody is there any more to be told.
std::optional<SubmissionResult> sure_refusal(const config::Settings& settings,
                                             const Submission& submission) {
  const auto& limits = settings.intake;
  if (submission.content.size() > limits.max_message_bytes) {
    return SubmissionResult{
        .code = Sysexit::data,
        .what = "the message is larger than " + to_size_text(limits.max_message_bytes)};
  }
  if (submission.recipients.size() > limits.max_recipients) {
    return SubmissionResult{.code = Sysexit::temporary,
                            .what = "more than " + std::to_string(limits.max_recipients) +
                                    " recipients (intake.max_recipients)"};
  }
  return std::nullopt;
}

SubmissionResult leave_for_the_agent(const config::Settings& settings,
                                     const SendmailArguments& arguments,
                                     const Submission& submission) {
  if (const auto refusal = sure_refusal(settings, submission)) return *refusal;
  const auto folder = settings.state_dir / mail::drop_folder_name;
  const auto left = leave_in_drop_folder(folder, settings.hostname, arguments, submission);
  if (!left) return {.code = Sysexit::temporary, .what = left.error().what};
  return {.code = Sysexit::ok,
          .what = "no agent answers here; the message waits for it in " + folder.string()};
}

// To the agent where it answers; only where nobody has anything of the message to the folder.
SubmissionResult hand_in(const config::Settings& settings,
                         const SendmailArguments& arguments,
                         const Submission& submission) {
  for (const auto& path : unix_listeners(settings)) {
    auto result = submit(path, settings.hostname, arguments, submission);
    if (!result.is_agent_down) return result;
  }
  return leave_for_the_agent(settings, arguments, submission);
}

int submit_input(const config::Settings& settings,
                 const SendmailArguments& arguments,
                 Console& console) {
  const auto input = read_input(console.in, settings.intake.max_message_bytes);
  if (!input) {
    const bool is_broken = input.error().fault == Fault::disk;
    return complain(console, is_broken ? Sysexit::io : Sysexit::data, input.error().what);
  }
  const auto submission = make_submission(arguments, *input, submitter_for(settings));
  if (!submission) {
    const auto& error = submission.error();
    const auto code = error.fault == Fault::not_found ? Sysexit::no_user : Sysexit::data;
    return complain(console, code, error.what);
  }
  const auto result = hand_in(settings, arguments, *submission);
  if (result.code != Sysexit::ok) return complain(console, result.code, result.what);
  if (arguments.is_verbose) console.out << printable(result.what) << '\n';
  return static_cast<int>(Sysexit::ok);
}

// The session's bytes go by descriptors, past the console: a dialogue cannot wait for whole blocks.
int speak_smtp(const config::Settings& settings, Console& console) {
  std::string why = "no unix listener in intake.listeners";
  for (const auto& path : unix_listeners(settings)) {
    auto connected = LocalSocket::connect(path, std::chrono::seconds(10));
    if (!connected) {
      why = connected.error().what;
      continue;
    }
    const auto relayed = relay(*std::move(connected), Pipes{});
    if (!relayed) return complain(console, Sysexit::io, relayed.error().what);
    return static_cast<int>(Sysexit::ok);
  }
  return complain(
      console, Sysexit::temporary, "-bs needs the agent, which cannot be reached: " + why);
}

}  // namespace

int sendmail(const std::filesystem::path& config_folder,
             const std::vector<std::string>& arguments,
             Console& console) {
  const auto parsed = parse_sendmail_arguments(arguments);
  if (!parsed) return complain(console, Sysexit::usage, parsed.error().what);
  using Mode = SendmailArguments::Mode;
  if (parsed->mode == Mode::run_queue) return static_cast<int>(Sysexit::ok);
  if (parsed->mode == Mode::list_queue) {
    return queue_list({.config_folder = config_folder}, console);
  }
  // Found out before standard input is read, so that nobody types a letter for nothing.
  const bool has_no_recipients = parsed->recipients.empty() && !parsed->reads_header;
  if (parsed->mode == Mode::submit && has_no_recipients) {
    return complain(console, Sysexit::usage, "no recipients; name them, or use -t");
  }
  const auto settings = load_settings(config_folder, SettingsFor::its_callers, console);
  if (!settings) return static_cast<int>(Sysexit::config);
  if (parsed->mode == Mode::speak_smtp) return speak_smtp(*settings, console);
  return submit_input(*settings, *parsed, console);
}

}  // namespace greyhound::cli
