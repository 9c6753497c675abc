#include "cli/drop_folder.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/envelope_commands.hpp"
#include "mail/drop_file.hpp"
#include "runtime/file_descriptor.hpp"
#include "runtime/random.hpp"

namespace greyhound::cli {
namespace {

std::string what_to_do(int error) {
  switch (error) {
    case ENOENT:
      return "the agent makes it when it starts (greyhound run)";
    case ENOSPC:
    case EDQUOT:
      return "free some space, or start the agent (greyhound run)";
    default:
      return fmt::format(
          "it must be a folder of mode {:o}, on a disk that works; the agent sees to "
          "that when it starts (greyhound run)",
          mail::drop_folder_mode);
  }
}

Error failed(const std::filesystem::path& folder, int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return {is_full ? Fault::disk_full : Fault::disk,
          "no agent answers here, and the message cannot be left for it in " + folder.string() +
              ": " + std::generic_category().message(error) + "; " + what_to_do(error)};
}

// Each half from the system's chance: one seed of 64 bits would make no more than that of both.
std::string random_name() {
  return fmt::format("{:016x}{:016x}", Random::from_system().next(), Random::from_system().next());
}

// 0, or what went wrong.
int write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

// Who may not list a folder cannot open it either, not even to sync it; everything on its file
// system costs more and does it too.
int sync_name(int folder, int file) {
  const FileDescriptor readable(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const int failed = readable.is_open() ? ::fsync(readable.number()) : ::syncfs(file);
  return failed == 0 ? 0 : errno;
}

// One file on its way into the folder. What did not get there goes.
class Arrival {
 public:
  explicit Arrival(int folder)
      : folder_(folder),
        stem_(random_name()),
        name_(stem_ + std::string(mail::unfinished_drop_suffix)) {}
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;
  ~Arrival() {
    if (file_.is_open() && !has_arrived_) ::unlinkat(folder_, name_.c_str(), 0);
  }

  int open() {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file_ = FileDescriptor(::openat(folder_, name_.c_str(), flags, 0600));
    return file_.is_open() ? 0 : errno;
  }
  int write(std::string_view bytes) { return write_all(file_.number(), bytes); }
  int arrive() {
    constexpr mode_t readable_by_the_agent = 0644;
    if (::fchmod(file_.number(), readable_by_the_agent) != 0) return errno;
    if (::fsync(file_.number()) != 0) return errno;
    auto name = stem_ + std::string(mail::drop_file_suffix);
    if (::renameat(folder_, name_.c_str(), folder_, name.c_str()) != 0) return errno;
    name_ = std::move(name);
    const int error = sync_name(folder_, file_.number());
    has_arrived_ = error == 0;
    return error;
  }

 private:
  int folder_;
  std::string stem_;
  std::string name_;  // at present
  FileDescriptor file_;
  bool has_arrived_ = false;
};

}  // namespace

std::string drop_envelope(const std::string& hostname,
                          const SendmailArguments& arguments,
                          const Submission& submission) {
  const auto extensions = extensions_of_the_agent();
  auto text =
      "EHLO " + hostname + "\r\n" + mail_command(arguments, submission, extensions) + "\r\n";
  for (const auto& recipient : submission.recipients)
    text += rcpt_command(arguments, recipient, extensions) + "\r\n";
  return text + mail::drop_content_command(submission.content.size());
}

Result<> leave_in_drop_folder(const std::filesystem::path& folder,
                              const std::string& hostname,
                              const SendmailArguments& arguments,
                              const Submission& submission) {
  const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const FileDescriptor opened(::open(folder.c_str(), flags));
  if (!opened.is_open()) return failed(folder, errno);
  Arrival arrival(opened.number());
  int error = arrival.open();
  if (error == 0) error = arrival.write(drop_envelope(hostname, arguments, submission));
  if (error == 0) error = arrival.write(submission.content);
  if (error == 0) error = arrival.write(mail::drop_file_end);
  if (error == 0) error = arrival.arrive();
  if (error != 0) return failed(folder, error);
  return {};
}

}  // namespace greyhound::cli
