#include "intake/session.hpp"

#include <array>
#include <utility>
#include <vector>

#include "intake/client_limiter.hpp"
#include "runtime/must.hpp"

namespace greyhound::intake {
namespace {

constexpr std::size_t max_unsent_bytes = 32 << 10;
constexpr std::chrono::seconds farewell_limit{5};

const std::string& domain_of(const IntakeSettings& settings) {
  return settings.domain.empty() ? settings.hostname : settings.domain;
}

Answer closing() {
  return {421, "4.3.2", "service closing, try again later"};
}

Answer ok() {
  return {250, "2.0.0", "ok"};
}

// Those that bring a message no further; a session has only so many between two messages.
bool is_idle(const Command& command) {
  return std::holds_alternative<Hello>(command) || std::holds_alternative<Noop>(command) ||
         std::holds_alternative<Reset>(command) || std::holds_alternative<Verify>(command) ||
         std::holds_alternative<MailFrom>(command);
}

// While BDAT brings a message in pieces, nothing else may be begun (RFC 3030 section 2).
bool breaks_into_pieces(const Command& command) {
  return std::holds_alternative<MailFrom>(command) || std::holds_alternative<RcptTo>(command) ||
         std::holds_alternative<Data>(command) || std::holds_alternative<Auth>(command) ||
         std::holds_alternative<StartTls>(command);
}

}  // namespace

Session::Session(std::unique_ptr<Stream> stream, SessionParts parts, ListenerTls tls)
    : stream_(std::move(stream)),
      parts_(parts),
      tls_(tls),
      client_(client_of(*stream_)),
      lines_(parts.settings.max_command_bytes),
      transaction_(parts.settings) {}

Awaitable<> Session::run() {
  auto next = Next::go_on;
  if (tls_ == ListenerTls::implicit) next = co_await encrypt();
  unsent_ = "220 " + parts_.settings.hostname + " ESMTP Greyhound\r\n";
  while (next == Next::go_on)
    next = co_await take_command();
  co_await abandon_message();
  if (is_left_to_farewell_ || !stream_) co_return;
  const auto sent = co_await flush();
  if (!sent) parts_.log.debug("unsent", {{"client", client_.to_string()}});
  stream_->close();
}

Awaitable<Session::Next> Session::take_command() {
  auto line = co_await next_line();
  if (!line || is_draining_) co_return say_why_no_line(line);
  co_return co_await handle(std::move(*line));
}

Session::Next Session::say_why_no_line(const Result<CommandLine>& line) {
  if (is_left_to_farewell_) return Next::close;
  if (is_draining_) return say(closing());
  if (line.error().fault != Fault::timeout) return Next::close;
  return say(Answer(421, "4.4.2", "no command within the limit"));
}

bool Session::begin_drain() {
  is_draining_ = true;
  is_left_to_farewell_ = is_waiting_;
  return is_left_to_farewell_;
}

// The session's read is still pending on the same stream; closing the stream ends it.
Awaitable<> Session::farewell() {
  const std::string text = closing().to_line();
  stream_->expire_after(farewell_limit);
  const auto sent = co_await stream_->write(text);
  if (!sent) parts_.log.debug("unsent", {{"client", client_.to_string()}});
  stream_->close();
}

// Replies go out in one piece once the client's group of commands is used up (RFC 2920).
Awaitable<Result<CommandLine>> Session::next_line() {
  if (!lines_.has_line() || unsent_.size() > max_unsent_bytes) {
    if (auto sent = co_await flush(); !sent) co_return sent.error();
  }
  if (!lines_.has_line() && !is_draining_) {
    is_waiting_ = true;
    stream_->expire_after(parts_.settings.command_timeout);
    auto filled = co_await fill_line();
    is_waiting_ = false;
    if (!filled) co_return filled.error();
  }
  auto line = lines_.next();
  if (!line) co_return Error{Fault::cancelled, "the service is closing"};
  co_return std::move(*line);
}

Awaitable<Result<>> Session::fill_line() {
  while (!lines_.has_line()) {
    const auto count = co_await stream_->read_some(block_);
    if (!count) co_return count.error();
    lines_.feed(std::string_view(block_.data(), *count));
  }
  co_return Result<>{};
}

Awaitable<Session::Next> Session::handle(CommandLine line) {
  if (line.flaw == CommandLine::Flaw::too_long) {
    co_return refuse(Answer(500, "5.5.2", "line too long"));
  }
  if (line.flaw == CommandLine::Flaw::bare_line_feed) {
    co_return refuse(Answer(500, "5.5.2", "line ends must be CR LF"));
  }
  auto command = parse_command(line.text, domain_of(parts_.settings));
  if (is_idle(command) && ++idle_commands_ > parts_.settings.max_idle_commands) {
    co_return give_up_on(Answer(421, "4.7.0", "too many commands without a message"));
  }
  if (message_ && breaks_into_pieces(command)) {
    co_return refuse(Answer(503, "5.5.1", "BDAT or RSET must follow"));
  }
  co_return co_await obey(std::move(command));
}

Awaitable<Session::Next> Session::obey(Command command) {
  if (auto* mail = std::get_if<MailFrom>(&command)) co_return co_await begin(std::move(*mail));
  if (auto* rcpt = std::get_if<RcptTo>(&command)) co_return co_await add(std::move(*rcpt));
  if (std::holds_alternative<Data>(command)) co_return co_await receive();
  if (const auto* bdat = std::get_if<Bdat>(&command)) co_return co_await receive_counted(*bdat);
  if (auto* hello = std::get_if<Hello>(&command)) co_return co_await greet(std::move(*hello));
  if (std::holds_alternative<StartTls>(command)) co_return co_await start_tls();
  if (auto* auth = std::get_if<Auth>(&command)) co_return co_await log_in(std::move(*auth));
  if (std::holds_alternative<Reset>(command)) {
    co_await abandon_message();
    transaction_.reset();
    co_return say(ok());
  }
  co_return say_plain(command);
}

Session::Next Session::say_plain(const Command& command) {
  if (const auto* refusal = std::get_if<Answer>(&command)) return refuse(*refusal);
  if (std::holds_alternative<UnreadableBdat>(command)) {
    return give_up_on(Answer(501, "5.5.4", "syntax: BDAT octets [LAST]"));
  }
  if (std::holds_alternative<ForeignProtocol>(command)) {
    return give_up_on(Answer(421, "4.7.0", "this is an SMTP server"));
  }
  if (std::holds_alternative<Verify>(command)) {
    return say(Answer(252, "2.5.0", "cannot verify, but will take mail for it"));
  }
  if (std::holds_alternative<Quit>(command)) {
    say(Answer(221, "2.0.0", "goodbye"));
    return Next::close;
  }
  return say(ok());
}

Awaitable<Session::Next> Session::greet(Hello hello) {
  co_await abandon_message();
  transaction_.greet(hello);
  unsent_ += hello.is_extended ? extensions() : "250 " + parts_.settings.hostname + "\r\n";
  co_return Next::go_on;
}

std::string Session::extensions() const {
  std::string text = "250-" + parts_.settings.hostname + "\r\n250-PIPELINING\r\n250-SIZE " +
                     std::to_string(parts_.settings.max_message_bytes) +
                     "\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-CHUNKING\r\n";
  if (offers_tls()) text += "250-STARTTLS\r\n";
  if (offers_login()) text += "250-AUTH SCRAM-SHA-256 PLAIN LOGIN\r\n";
  if (is_private(client_)) text += "250-REQUIRETLS\r\n";
  return text + "250 ENHANCEDSTATUSCODES\r\n";
}

Awaitable<Session::Next> Session::begin(MailFrom command) {
  const auto taken = transaction_.begin(command, client_);
  if (taken.is_refusal()) {
    if (taken.status().starts_with("5.7.")) {
      parts_.log.info(
          "refused",
          {{"status", taken.status()}, {"client", client_.to_string()}, {"why", taken.text()}});
    }
    co_return answer(taken);
  }
  if (parts_.limiter != nullptr) {
    const bool is_allowed = co_await parts_.limiter->allows_message(client_key(client_));
    if (!is_allowed) {
      transaction_.reset();
      co_return say(Answer(451, "4.7.1", "too many messages in a minute, try again later"));
    }
  }
  co_return say(taken);
}

Awaitable<Session::Next> Session::add(RcptTo command) {
  if (transaction_.is_open() && parts_.limiter != nullptr) {
    const bool is_allowed = co_await parts_.limiter->allows_recipient(client_key(client_));
    if (!is_allowed) {
      co_return say(Answer(451, "4.7.1", "too many recipients in a minute, try again later"));
    }
  }
  co_return answer(transaction_.add(std::move(command)));
}

Session::Next Session::say(const Answer& answer) {
  unsent_ += answer.to_line();
  return answer.code() == 421 ? Next::close : Next::go_on;
}

// A limit is nothing that a client does wrong.
Session::Next Session::answer(const Answer& answer) {
  const bool is_its_fault = answer.code() >= 500 && answer.code() != 552;
  return is_its_fault ? refuse(answer) : say(answer);
}

// A refusal that costs the client one of its bad commands.
Session::Next Session::refuse(const Answer& answer) {
  say(answer);
  if (++bad_commands_ <= parts_.settings.max_bad_commands) return Next::go_on;
  return give_up_on(Answer(421, "4.7.0", "too many bad commands"));
}

Session::Next Session::give_up_on(const Answer& answer) {
  parts_.log.info(
      "session_ended",
      {{"client", client_.to_string()}, {"status", answer.status()}, {"why", answer.text()}});
  say(answer);
  if (answer.code() != 421) say(Answer(421, "4.7.0", "closing the connection"));
  return Next::close;
}

Awaitable<Result<>> Session::flush() {
  if (unsent_.empty()) co_return Result<>{};
  const std::string out = std::exchange(unsent_, {});
  stream_->expire_after(is_draining_ ? farewell_limit : parts_.settings.block_timeout);
  co_return co_await stream_->write(out);
}

}  // namespace greyhound::intake
