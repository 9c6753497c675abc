#include "intake/drop_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "mail/address.hpp"
#include "mail/drop_file.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::intake {
namespace {

constexpr std::size_t block_bytes = 64 << 10;
constexpr std::size_t max_command_bytes = 4096;  // a longer one goes in pieces, to be refused
constexpr std::size_t max_reply_line_bytes = 4096;

using Kind = DropVerdict::Kind;

// The disk's own thread runs it.
Awaitable<Result<std::string>> read_there(int file, std::uint64_t offset, std::size_t count) {
  std::string bytes(count, '\0');
  ssize_t got = 0;
  do {
    got = ::pread(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  if (got < 0) co_return Error{Fault::disk, std::generic_category().message(errno)};
  bytes.resize(static_cast<std::size_t>(got));
  co_return std::move(bytes);
}

// A goodbye before any content ends a file without a message.
Kind kind_of(std::string_view reply, bool is_for_content) {
  if (reply.starts_with('4')) return Kind::deferred;
  if (!reply.starts_with('2')) return Kind::refused;
  if (is_for_content) return Kind::accepted;
  return reply.starts_with("221") ? Kind::refused : Kind::open;
}

}  // namespace

DropStream::DropStream(DropFile file,
                       Executor disk,
                       std::size_t max_commands,
                       std::shared_ptr<DropVerdict> verdict)
    : file_(std::move(file)),
      disk_(std::move(disk)),
      commands_left_(max_commands),
      verdict_(std::move(verdict)) {}

Awaitable<Result<std::size_t>> DropStream::read_some(std::span<char> into) {
  const bool is_over = is_decided() && !is_in_content_;
  if (is_closed_ || is_over) co_return Error{Fault::closed, "the file is not read on"};
  if (!is_in_content_ && command_.empty()) {
    if (auto found = co_await find_command(); !found) co_return found.error();
  }
  if (command_.empty() && block_.empty()) {
    if (auto read = co_await read_block(); !read) co_return read.error();
  }
  std::string& source = command_.empty() ? block_ : command_;
  const auto count = std::min(into.size(), source.size());
  std::copy_n(source.begin(), count, into.begin());
  source.erase(0, count);
  co_return count;
}

// One command with its line end becomes the next to be handed out.
Awaitable<Result<>> DropStream::find_command() {
  while (command_.size() < max_command_bytes && !command_.ends_with('\n')) {
    if (block_.empty()) {
      if (auto read = co_await read_block(); !read) co_return read.error();
    }
    const auto end = block_.find('\n');
    const auto room = max_command_bytes - command_.size();
    const auto count = std::min({end == block_.npos ? block_.size() : end + 1, room});
    command_ += block_.substr(0, count);
    block_.erase(0, count);
  }
  co_return admit_command();
}

Awaitable<Result<>> DropStream::read_block() {
  const auto left = file_.size_bytes - read_bytes_;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, block_bytes));
  Result<std::string> bytes = std::string();
  if (count > 0) {
    bytes = co_await run_on(disk_, read_there(file_.file->number(), read_bytes_, count));
  }
  if (!bytes) {
    decide(Kind::deferred, "the file cannot be read: " + bytes.error().what);
    co_return bytes.error();
  }
  if (bytes->empty()) {
    decide(is_in_content_ || left > 0 ? Kind::unfinished : Kind::refused, "no message is in it");
    co_return Error{Fault::closed, "the end of the file"};
  }
  read_bytes_ += bytes->size();
  block_ = std::move(*bytes);
  co_return Result<>{};
}

// What announces the content says where the file ends: behind it and a QUIT. More would be a second
// message, whose fate could be another one.
Result<> DropStream::admit_command() {
  if (commands_left_-- == 0) {
    commands_left_ = 0;
    decide(Kind::refused, "more commands than a message may take");
    return Error{Fault::protocol, "too many commands"};
  }
  const auto content = mail::drop_content_size(command_);
  const bool is_other_bdat = !content && mail::lower_case(command_.substr(0, 4)) == "bdat";
  const auto rest = file_.size_bytes - position();
  const auto due = content.value_or(0) + mail::drop_file_end.size();
  if (is_other_bdat || (content && due < rest)) {
    decide(Kind::refused, "not one message, announced by one BDAT with LAST");
    return Error{Fault::protocol, "not a drop file"};
  }
  if (content && (due > rest || due < *content)) {
    decide(Kind::unfinished, "it ends within its content");
    return Error{Fault::closed, "the end of the file"};
  }
  is_in_content_ = content.has_value();
  return {};
}

Awaitable<Result<>> DropStream::write(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      take_reply_line(std::exchange(reply_line_, {}));
    } else if (c != '\r' && reply_line_.size() < max_reply_line_bytes) {
      reply_line_ += c;
    }
  }
  co_return Result<>{};
}

// The last line of each reply counts. The first answer that is not plain success decides, and so
// does the one to the content, whatever it is.
void DropStream::take_reply_line(std::string_view line) {
  const bool goes_on = line.size() > 3 && line[3] == '-';
  if (is_decided() || goes_on || line.empty()) return;
  const auto kind = kind_of(line, is_in_content_);
  if (kind != Kind::open) decide(kind, std::string(line));
}

void DropStream::decide(Kind kind, std::string reply) {
  if (is_decided()) return;
  *verdict_ = {.kind = kind, .reply = std::move(reply)};
}

}  // namespace greyhound::intake
