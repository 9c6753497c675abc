#include "cli/smtp_submitter.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <set>

#include <fmt/format.h>

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
  return {Sysexit::temporary, "the agent cannot be reached or broke off: " + error.what};
}

SubmissionResult refused(const mail::Reply& reply) {
  return {sysexit_for(reply, false), reply.to_string()};
}

SubmissionResult refused(const mail::Reply& reply, const mail::Address& recipient) {
  return {sysexit_for(reply, true), "<" + recipient.text() + ">: " + reply.to_string()};
}

// What came instead of taking the message: often the reason, sent just before the end.
SubmissionResult broken_off(Dialogue& dialogue, const Error& error) {
  const auto last_words = dialogue.read_reply();
  return last_words && !last_words->is_positive() ? refused(*last_words) : unreachable(error);
}

bool has_utf8_address(const Submission& submission) {
  const auto is_utf8 = [](const mail::Address& address) { return !address.is_ascii(); };
  const auto& recipients = submission.recipients;
  return (submission.sender && is_utf8(*submission.sender)) ||
         std::any_of(recipients.begin(), recipients.end(), is_utf8);
}

std::string mail_command(const SendmailArguments& arguments,
                         const Submission& submission,
                         const std::set<std::string>& extensions) {
  auto command = "MAIL FROM:" + mail::to_string(submission.sender);
  if (extensions.contains("SIZE")) {
    command += " SIZE=" + std::to_string(submission.content.size());
  }
  const bool is_eight_bit = arguments.is_eight_bit || submission.has_eight_bit;
  if (is_eight_bit && extensions.contains("8BITMIME")) command += " BODY=8BITMIME";
  if (has_utf8_address(submission) && extensions.contains("SMTPUTF8")) command += " SMTPUTF8";
  if (arguments.requires_tls) command += " REQUIRETLS";
  if (!extensions.contains("DSN")) return command;
  if (!arguments.return_content.empty()) command += " RET=" + arguments.return_content;
  if (!arguments.envelope_id.empty()) command += " ENVID=" + to_xtext(arguments.envelope_id);
  return command;
}

std::set<std::string> extensions_of(const mail::Reply& ehlo) {
  std::set<std::string> extensions;
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
  if (!greeting) return unreachable(greeting.error());
  if (!greeting->is_positive()) return refused(*greeting);
  const auto ehlo = dialogue.ask("EHLO " + hostname);
  if (!ehlo) return unreachable(ehlo.error());
  if (!ehlo->is_positive()) return refused(*ehlo);
  const auto extensions = extensions_of(*ehlo);
  if (arguments.requires_tls && !extensions.contains("REQUIRETLS")) {
    return SubmissionResult{Sysexit::unavailable, "the listener does not offer REQUIRETLS"};
  }
  const auto sender = dialogue.ask(mail_command(arguments, submission, extensions));
  if (!sender) return unreachable(sender.error());
  if (!sender->is_positive()) return refused(*sender);
  const bool passes_notify = extensions.contains("DSN") && !arguments.notify.empty();
  for (const auto& recipient : submission.recipients) {
    auto command = "RCPT TO:<" + recipient.text() + ">";
    if (passes_notify) command += " NOTIFY=" + arguments.notify;
    const auto rcpt = dialogue.ask(command);
    if (!rcpt) return unreachable(rcpt.error());
    if (!rcpt->is_positive()) return refused(*rcpt, recipient);
  }
  const auto data = dialogue.ask("DATA");
  if (!data) return unreachable(data.error());
  if (data->code != 354) return refused(*data);
  return std::nullopt;
}

}  // namespace

SubmissionResult submit(const std::filesystem::path& socket,
                        const std::string& hostname,
                        const SendmailArguments& arguments,
                        const Submission& submission) {
  auto connected = LocalSocket::connect(socket, connect_limit);
  if (!connected) return unreachable(connected.error());
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
  return {Sysexit::ok, accepted->to_string()};
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

std::string to_xtext(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = c > ' ' && c < '\x7f' && c != '+' && c != '=';
    if (is_plain) {
      out += c;
    } else {
      out += fmt::format("+{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
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
