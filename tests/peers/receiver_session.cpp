#include "peers/receiver_session.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "mail/glob.hpp"
#include "peers/dot_reader.hpp"

namespace greyhound::peers {
namespace {

constexpr std::size_t read_bytes = 16384;
const ReceiverRule by_default;
constexpr const char* needs_smtp_utf8 = "553 5.6.7 SMTPUTF8 is needed for that\r\n";

std::string without_line_end(std::string_view reply) {
  return std::string(reply.substr(0, reply.size() - std::min<std::size_t>(2, reply.size())));
}

// "FROM:<a@b> SIZE=1" without "FROM:": the path's inside and what follows it.
struct Path {
  std::string_view mailbox;
  std::string_view parameters;
};
std::optional<Path> parse_path(std::string_view argument, std::string_view keyword) {
  const bool is_it = mail::lower_case(argument.substr(0, keyword.size())) == keyword;
  if (!is_it) return std::nullopt;
  argument.remove_prefix(keyword.size());
  while (argument.starts_with(' '))
    argument.remove_prefix(1);
  const auto close = argument.find('>');
  if (!argument.starts_with('<') || close == std::string_view::npos) return std::nullopt;
  auto parameters = argument.substr(close + 1);
  while (parameters.starts_with(' '))
    parameters.remove_prefix(1);
  return Path{argument.substr(1, close - 1), parameters};
}

bool says_smtp_utf8(std::string_view parameters) {
  return (mail::lower_case(parameters) + " ").find("smtputf8 ") != std::string::npos;
}

enum class MailParameters : std::uint8_t { fine, too_large, unknown };
MailParameters check_mail_parameters(std::string_view text, std::size_t max_message_bytes) {
  while (!text.empty()) {
    const auto one = mail::lower_case(text.substr(0, text.find(' ')));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    if (one == "body=8bitmime" || one == "body=7bit" || one == "smtputf8") continue;
    if (!one.starts_with("size=")) return MailParameters::unknown;
    std::size_t size = 0;
    const auto* const end = one.data() + one.size();
    const auto [stop, failed] = std::from_chars(one.data() + 5, end, size);
    if (failed != std::errc{} || stop != end) return MailParameters::unknown;
    if (size > max_message_bytes) return MailParameters::too_large;
  }
  return MailParameters::fine;
}

}  // namespace

ReceiverSession::ReceiverSession(Parts parts, SessionInfo info, std::unique_ptr<Stream> stream)
    : parts_(parts), info_(info), stream_(std::move(stream)) {
  parts_.journal.opened(info_, parts_.clock.wall());
}

ReceiverSession::~ReceiverSession() {
  parts_.journal.closed(info_, parts_.clock.wall(), how_it_ended_);
}

Awaitable<> ReceiverSession::run() {
  if (!co_await say("220 " + parts_.options.hostname + " ESMTP\r\n")) co_return;
  while (!is_over_) {
    auto line = co_await read_line();
    if (!line && line.error().fault == Fault::protocol) {
      if (!co_await say(wrong("500 5.5.6 Line too long\r\n"))) co_return;
      continue;
    }
    if (!line) {
      how_it_ended_ = line.error().fault == Fault::timeout ? "timeout" : "cut";
      co_return;
    }
    if (!co_await obey(std::move(*line))) co_return;
  }
  stream_->close();
}

Awaitable<> ReceiverSession::turn_away() {
  how_it_ended_ = "turned away";
  co_await say("421 4.3.2 " + parts_.options.hostname + " too many sessions\r\n");
  stream_->close();
}

// Fault::protocol: the line was too long; it has been read to its end and dropped.
Awaitable<Result<std::string>> ReceiverSession::read_line() {
  bool is_too_long = false;
  for (;;) {
    const auto end = buffer_.find('\n');
    if (end != std::string::npos) {
      auto line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      if (is_too_long || line.size() > parts_.options.max_line_bytes) {
        co_return Error{Fault::protocol, "line too long"};
      }
      co_return line;
    }
    if (buffer_.size() > parts_.options.max_line_bytes) {
      is_too_long = true;
      buffer_.clear();
    }
    if (auto more = co_await read_more(); !more) co_return more.error();
  }
}

Awaitable<Result<>> ReceiverSession::read_more() {
  std::array<char, read_bytes> bytes{};
  stream_->expire_after(parts_.options.read_timeout);
  const auto count = co_await stream_->read_some(bytes);
  if (!count) co_return count.error();
  buffer_.append(bytes.data(), *count);
  co_return Result<>{};
}

Awaitable<bool> ReceiverSession::say(std::string reply) {
  stream_->expire_after(parts_.options.read_timeout);
  const auto written = co_await stream_->write(reply);
  co_return written.has_value();
}

// False once the session is over.
Awaitable<bool> ReceiverSession::obey(std::string line) {
  const auto verb = mail::lower_case(std::string_view(line).substr(0, line.find(' ')));
  const auto start = std::min(line.size(), verb.size() + 1);
  if (verb == "data") co_return co_await take_message();
  auto reply = answer(verb, std::string_view(line).substr(start));
  parts_.journal.said(info_, parts_.clock.wall(), line, without_line_end(reply));
  if (errors_ > parts_.options.max_errors) {
    is_over_ = true;
    how_it_ended_ = "too many errors";
    reply = "421 4.7.0 Too many errors\r\n";
  }
  co_return co_await say(std::move(reply));
}

Awaitable<bool> ReceiverSession::take_message() {
  if (transaction_.recipients.empty()) {
    const bool has_sender = transaction_.is_open;
    transaction_ = {};
    co_return co_await say(
        wrong(has_sender ? "554 5.5.1 No valid recipients\r\n" : "503 5.5.1 MAIL first\r\n"));
  }
  if (auto refusal = refusal_at(RefusalStage::data)) {
    transaction_ = {};
    co_return co_await say(std::move(*refusal));
  }
  if (!co_await say("354 End with a dot on a line of its own\r\n")) co_return false;
  auto message = co_await read_message();
  if (!message) co_return false;
  std::string reply = "552 5.3.4 Message too large\r\n";
  if (message->bytes.size() <= parts_.options.max_message_bytes) {
    const auto refusal = refusal_at(RefusalStage::eom);
    message->is_accepted = !refusal;
    reply = refusal.value_or("250 2.0.0 Accepted\r\n");
  }
  message->reply = without_line_end(reply);
  transaction_ = {};
  parts_.journal.received(std::move(*message));
  co_return co_await say(std::move(reply));
}

// One byte more than is allowed is kept, so that the caller can tell.
Awaitable<Result<MessageRecord>> ReceiverSession::read_message() {
  DotReader reader(parts_.options.max_message_bytes + 1);
  for (;;) {
    buffer_.erase(0, reader.feed(buffer_));
    if (reader.is_complete()) break;
    if (auto more = co_await read_more(); !more) co_return more.error();
  }
  MessageRecord record{.at = parts_.clock.wall(), .session = info_};
  record.sender = transaction_.sender_text();
  for (const auto& recipient : transaction_.recipients) {
    record.recipients.push_back(recipient.text());
  }
  record.bytes = reader.take();
  record.bare_line_feeds = reader.bare_line_feeds();
  co_return record;
}

std::string ReceiverSession::answer(std::string_view verb, std::string_view argument) {
  if (verb == "ehlo" || verb == "helo") return answer_hello(argument, verb);
  if (verb == "mail") return answer_mail(argument);
  if (verb == "rcpt") return answer_rcpt(argument);
  if (verb == "noop") return "250 2.0.0 OK\r\n";
  if (verb == "vrfy") return "252 2.1.5 Send some mail\r\n";
  if (verb == "rset") {
    transaction_ = {};
    return "250 2.0.0 OK\r\n";
  }
  if (verb == "quit") {
    is_over_ = true;
    how_it_ended_ = "quit";
    return "221 2.0.0 Bye\r\n";
  }
  return wrong("500 5.5.1 Command unknown\r\n");
}

std::string ReceiverSession::answer_hello(std::string_view name, std::string_view verb) {
  if (name.empty()) return wrong("501 5.5.4 A name is needed\r\n");
  helo_ = name;
  transaction_ = {};
  const auto& host = parts_.options.hostname;
  if (verb == "helo") return "250 " + host + "\r\n";
  const auto size = std::to_string(parts_.options.max_message_bytes);
  return "250-" + host + "\r\n250-PIPELINING\r\n250-SIZE " + size +
         "\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n";
}

std::string ReceiverSession::answer_mail(std::string_view argument) {
  if (helo_.empty()) return wrong("503 5.5.1 EHLO first\r\n");
  if (transaction_.is_open) return wrong("503 5.5.1 One message at a time\r\n");
  const auto path = parse_path(argument, "from:");
  if (!path) return wrong("501 5.5.4 FROM:<address> is needed\r\n");
  mail::ReversePath sender;
  if (!path->mailbox.empty()) {
    sender = mail::Address::parse(path->mailbox);
    if (!sender) return wrong("501 5.1.7 Bad sender address\r\n");
  }
  switch (check_mail_parameters(path->parameters, parts_.options.max_message_bytes)) {
    case MailParameters::unknown:
      return wrong("555 5.5.4 Parameter unknown\r\n");
    case MailParameters::too_large:
      return "552 5.3.4 Message too large\r\n";
    case MailParameters::fine:
      break;
  }
  const bool is_smtp_utf8 = says_smtp_utf8(path->parameters);
  if (sender && !sender->is_ascii() && !is_smtp_utf8) return wrong(needs_smtp_utf8);
  transaction_ = {.is_open = true, .sender = std::move(sender), .is_smtp_utf8 = is_smtp_utf8};
  return "250 2.1.0 OK\r\n";
}

std::string ReceiverSession::answer_rcpt(std::string_view argument) {
  if (!transaction_.is_open) return wrong("503 5.5.1 MAIL first\r\n");
  const auto path = parse_path(argument, "to:");
  if (!path) return wrong("501 5.5.4 TO:<address> is needed\r\n");
  if (!path->parameters.empty()) return wrong("555 5.5.4 Parameter unknown\r\n");
  std::string mailbox(path->mailbox);
  if (mail::lower_case(mailbox) == "postmaster") mailbox += "@" + parts_.options.hostname;
  const auto recipient = mail::Address::parse(mailbox);
  if (!recipient) return wrong("501 5.1.3 Bad recipient address\r\n");
  if (!recipient->is_ascii() && !transaction_.is_smtp_utf8) return wrong(needs_smtp_utf8);
  if (transaction_.recipients.size() >= parts_.options.max_recipients) {
    return "452 4.5.3 Too many recipients\r\n";
  }
  const auto& rule = rule_for(*recipient);
  if (stage_of(rule) == RefusalStage::rcpt) {
    const auto ruling = decide(rule, *recipient);
    note(*recipient, RefusalStage::rcpt, ruling);
    if (!ruling.is_accepted) return ruling.reply;
  }
  transaction_.recipients.push_back(*recipient);
  return "250 2.1.5 OK\r\n";
}

std::string ReceiverSession::wrong(std::string reply) {
  ++errors_;
  return reply;
}

const ReceiverRule& ReceiverSession::rule_for(const mail::Address& recipient) const {
  const auto& rules = parts_.options.rules;
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const ReceiverRule& rule) {
    return mail::matches_glob(rule.recipient, recipient.text());
  });
  return found == rules.end() ? by_default : *found;
}

RefusalStage ReceiverSession::stage_of(const ReceiverRule& rule) const {
  return rule.stage.value_or(parts_.options.stage);
}

ReceiverSession::Ruling ReceiverSession::decide(const ReceiverRule& rule,
                                                const mail::Address& recipient) const {
  using Action = ReceiverRule::Action;
  if (rule.action == Action::greylist) return decide_by_greylist(rule, recipient);
  const bool is_accepted = rule.action == Action::accept;
  auto standard = rule.action == Action::refuse
                      ? ReplyText{.code = 550, .status = "5.1.1", .text = "No such recipient"}
                      : ReplyText{.code = 450, .status = "4.3.0", .text = "Not now"};
  const ReplyVariables variables{.client = info_.client.address.to_string(),
                                 .helo = helo_,
                                 .sender = transaction_.sender,
                                 .recipient = recipient};
  return {is_accepted,
          std::string(to_string(rule.action)),
          is_accepted ? "" : to_wire(rule.reply.value_or(std::move(standard)), variables)};
}

ReceiverSession::Ruling ReceiverSession::decide_by_greylist(const ReceiverRule& rule,
                                                            const mail::Address& recipient) const {
  const Triplet triplet{
      .client = info_.client.address, .sender = transaction_.sender, .recipient = recipient};
  const auto opinion = parts_.greylister.judge(triplet, parts_.clock.wall());
  const std::string verdict(to_string(opinion.judgement));
  if (opinion.is_acceptance()) return {true, verdict, ""};
  const ReplyVariables variables{.client = triplet.client.to_string(),
                                 .helo = helo_,
                                 .sender = triplet.sender,
                                 .recipient = recipient,
                                 .remaining = opinion.remaining};
  const auto& reply = rule.reply ? *rule.reply : parts_.greylister.options().reply;
  return {false, verdict, to_wire(reply, variables)};
}

void ReceiverSession::note(const mail::Address& recipient,
                           RefusalStage stage,
                           const Ruling& ruling) {
  ContactRecord record{.at = parts_.clock.wall(), .session = info_};
  record.helo = helo_;
  record.sender = transaction_.sender_text();
  record.recipient = recipient.text();
  record.stage = to_string(stage);
  record.verdict = ruling.verdict;
  record.reply = without_line_end(ruling.reply);
  record.is_accepted = ruling.is_accepted;
  parts_.journal.decided(std::move(record));
}

// Every recipient of the stage is judged, as a greylister would, not only up to the first refusal.
std::optional<std::string> ReceiverSession::refusal_at(RefusalStage stage) {
  std::optional<std::string> refusal;
  for (const auto& recipient : transaction_.recipients) {
    const auto& rule = rule_for(recipient);
    if (stage_of(rule) != stage) continue;
    const auto ruling = decide(rule, recipient);
    note(recipient, stage, ruling);
    if (!ruling.is_accepted && !refusal) refusal = ruling.reply;
  }
  return refusal;
}

}  // namespace greyhound::peers
