#include "cli/smtp_submitter.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <set>

#include "cli/envelope_commands.hpp"
#include "cli/local_socket.hpp"
#include "mail/address.hpp"

namespace greyhound::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto connect_limit = 10s;
constexpr auto reply_limit = 60s;
constexpr auto final_limit = 10min;
constexpr std::size_t max_reply_bytes = 400 << 10;

class Dialogue {
 public:
  explicit Dialogue(LocalSocket socket) : socket_(std::move(socket)) {}

  Result<mail::Reply> read_reply();
  Result<mail::Reply> ask(const std::string& command) {
    if (auto sent = socket_.write(command + "\r\n"); !sent) return sent.error();
    return read_reply();
  }
  Result<> write(std::string_view bytes) { return socket_.write(bytes); }
  Result<> set_limit(Duration limit) { return socket_.set_limit(limit); }

 private:
  Result<std::string> read_line();
  LocalSocket socket_;
  std::string pending_;
};

Result<std::string> Dialogue::read_line() {
  for (;;) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      auto line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (pending_.size() > max_reply_bytes) return Error{Fault::protocol, "a reply without end"};
    std::array<char, 4096> buffer;
    const auto count = socket_.read_some(buffer);
    if (!count) return count.error();
    pending_.append(buffer.data(), *count);
  }
}

Result<mail::Reply> Dialogue::read_reply() {
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  for (;;) {
    auto line = read_line();
    if (!line) return line.error();
    bytes += line->size();
    int code = 0;
    if (line->size() >= 3) std::from_chars(line->data(), line->data() + 3, code);
    const char after = line->size() > 3 ? (*line)[3] : ' ';
    if (code < 200 || code > 599 || (after != ' ' && after != '-') || bytes > max_reply_bytes) {
      return Error{Fault::protocol, "the listener does not speak SMTP: " + line->substr(0, 80)};
    }
    texts.push_back(line->size() > 4 ? line->substr(4) : "");
    if (after == ' ') return mail::make_reply(code, std::move(texts));
  }
}

SubmissionResult unreachable(const Error& error) {
  return {.code = Sysexit::temporary,
          .what = "the agent cannot be reached or broke off: " + error.what};
}

// Before the content has begun to go over: what did not answer by then has nothing of the message.
SubmissionResult unanswered(const Error& error) {
  auto result = unreachable(error);
  result.is_agent_down = error.fault == Fault::not_found || error.fault == Fault::closed ||
                         error.fault == Fault::timeout;
  return result;
}

SubmissionResult refused(const mail::Reply& reply) {
  return {.code = sysexit_for(reply, false), .what = reply.to_string()};
}

SubmissionResult refused(const mail::Reply& reply, const mail::Address& recipient) {
  return {.code = sysexit_for(reply, true),
          .what = "<" + recipient.text() + ">: " + reply.to_string()};
}

// What came instead of taking the message: often the reason, sent just before the end.
SubmissionResult broken_off(Dialogue& dialogue, const Error& error) {
  const auto last_words = dialogue.read_reply();
  return last_words && !last_words->is_positive() ? refused(*last_words) : unreachable(error);
}

Extensions extensions_of(const mail::Reply& ehlo) {
  Extensions extensions;
  for (std::size_t i = 1; i < ehlo.lines.size(); ++i) {
    auto keyword = mail::lower_case(ehlo.lines[i].substr(0, ehlo.lines[i].find(' ')));
    for (char& c : keyword)
      c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    extensions.insert(std::move(keyword));
  }
  return extensions;
}

// Everything up to the 354. Nothing to report: the message may follow.
std::optional<SubmissionResult> send_envelope(Dialogue& dialogue,
                                              const std::string& hostname,
                                              const SendmailArguments& arguments,
                                              const Submission& submission) {
  const auto greeting = dialogue.read_reply();
  if (!greeting) return unanswered(greeting.error());
  if (!greeting->is_positive()) return refused(*greeting);
  const auto ehlo = dialogue.ask("EHLO " + hostname);
  if (!ehlo) return unanswered(ehlo.error());
  if (!ehlo->is_positive()) return refused(*ehlo);
  const auto extensions = extensions_of(*ehlo);
  if (arguments.requires_tls && !extensions.contains("REQUIRETLS")) {
    return SubmissionResult{.code = Sysexit::unavailable,
                            .what = "the listener does not offer REQUIRETLS"};
  }
  const auto sender = dialogue.ask(mail_command(arguments, submission, extensions));
  if (!sender) return unanswered(sender.error());
  if (!sender->is_positive()) return refused(*sender);
  for (const auto& recipient : submission.recipients) {
    const auto rcpt = dialogue.ask(rcpt_command(arguments, recipient, extensions));
    if (!rcpt) return unanswered(rcpt.error());
    if (!rcpt->is_positive()) return refused(*rcpt, recipient);
  }
  const auto data = dialogue.ask("DATA");
  if (!data) return unanswered(data.error());
  if (data->code != 354) return refused(*data);
  return std::nullopt;
}

}  // namespace

SubmissionResult submit(const std::filesystem::path& socket,
                        const std::string& hostname,
                        const SendmailArguments& arguments,
                        const Submission& submission) {
  auto connected = LocalSocket::connect(socket, connect_limit);
  if (!connected) return unanswered(connected.error());
  Dialogue dialogue(std::move(*connected));
  if (auto set = dialogue.set_limit(reply_limit); !set) return unreachable(set.error());
  if (auto problem = send_envelope(dialogue, hostname, arguments, submission)) return *problem;
  if (auto sent = dialogue.write(dot_stuffed(submission.content)); !sent) {
    return broken_off(dialogue, sent.error());
  }
  if (auto set = dialogue.set_limit(final_limit); !set) return unreachable(set.error());
  const auto accepted = dialogue.read_reply();
  if (!accepted) return unreachable(accepted.error());
  if (!accepted->is_positive()) return refused(*accepted);
  // The message is theirs now; how they take our leave changes nothing.
  static_cast<void>(dialogue.write("QUIT\r\n"));
  return {.code = Sysexit::ok, .what = accepted->to_string()};
}

Sysexit sysexit_for(const mail::Reply& reply, bool is_to_recipient) {
  if (!reply.is_permanent()) return Sysexit::temporary;
  if (reply.status) {
    const auto subject = reply.status->subject();
    const bool is_too_large = subject == 3 && reply.status->detail() == 4;
    if (is_too_large || subject == 6) return Sysexit::data;
    return is_to_recipient && subject == 1 ? Sysexit::no_user : Sysexit::unavailable;
  }
  if (reply.code == 552) return Sysexit::data;
  const bool is_about_mailbox = reply.code == 550 || reply.code == 551 || reply.code == 553;
  return is_to_recipient && is_about_mailbox ? Sysexit::no_user : Sysexit::unavailable;
}

std::string dot_stuffed(std::string_view content) {
  std::string out;
  out.reserve(content.size() + content.size() / 64 + 5);
  while (!content.empty()) {
    const auto end = content.find('\n');
    const auto line = content.substr(0, end == content.npos ? end : end + 1);
    if (line.starts_with('.')) out += '.';
    out += line;
    content.remove_prefix(line.size());
  }
  if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
  return out + ".\r\n";
}

}  // namespace greyhound::cli
