#include "intake/session.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "runtime/must.hpp"

namespace greyhound::intake {
namespace {

constexpr std::size_t max_unsent_bytes = 32 << 10;
constexpr std::chrono::seconds farewell_limit{5};

Client client_of(const Stream& stream) {
  Client client;
  if (const auto remote = stream.remote()) client.address = remote->address;
  client.uid = stream.peer_uid();
  return client;
}

// Whoever can open the unix socket may: its mode decides.
bool is_allowed(const Client& client, const std::vector<IpNetwork>& relay_from) {
  if (!client.address) return true;
  return std::any_of(relay_from.begin(), relay_from.end(), [&client](const IpNetwork& network) {
    return network.contains(*client.address);
  });
}

const std::string& domain_of(const IntakeSettings& settings) {
  return settings.domain.empty() ? settings.hostname : settings.domain;
}

Answer closing() {
  return {421, "4.3.2", "service closing, try again later"};
}

}  // namespace

Session::Session(std::unique_ptr<Stream> stream, SessionParts parts)
    : stream_(std::move(stream)),
      parts_(parts),
      client_(client_of(*stream_)),
      may_relay_(is_allowed(client_, parts.settings.relay_from)),
      lines_(parts.settings.max_command_bytes) {}

Awaitable<> Session::run() {
  unsent_ = "220 " + parts_.settings.hostname + " ESMTP Greyhound\r\n";
  auto next = Next::go_on;
  while (next == Next::go_on) {
    auto line = co_await next_line();
    if (is_left_to_farewell_) co_return;
    if (is_draining_) {
      next = say(closing());
    } else if (line) {
      next = co_await handle(std::move(*line));
    } else if (line.error().fault == Fault::timeout) {
      next = say(Answer(421, "4.4.2", "no command within the limit"));
    } else {
      next = Next::close;
    }
  }
  const auto sent = co_await flush();
  if (!sent) parts_.log.debug("unsent", {{"client", client_.to_string()}});
  stream_->close();
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
  if (std::holds_alternative<Data>(command)) co_return co_await receive();
  if (const auto* hello = std::get_if<Hello>(&command)) co_return greet(*hello);
  if (const auto* mail = std::get_if<MailFrom>(&command)) co_return begin(*mail);
  if (auto* rcpt = std::get_if<RcptTo>(&command)) co_return add(std::move(*rcpt));
  if (const auto* refusal = std::get_if<Answer>(&command)) co_return refuse(*refusal);
  if (std::holds_alternative<ForeignProtocol>(command)) {
    co_return give_up_on(Answer(421, "4.7.0", "this is an SMTP server"));
  }
  if (std::holds_alternative<Quit>(command)) {
    say(Answer(221, "2.0.0", "goodbye"));
    co_return Next::close;
  }
  if (std::holds_alternative<Verify>(command)) {
    co_return say(Answer(252, "2.5.0", "cannot verify, but will take mail for it"));
  }
  if (std::holds_alternative<Reset>(command)) envelope_.reset();
  co_return say(Answer(250, "2.0.0", "ok"));
}

Session::Next Session::greet(const Hello& hello) {
  hello_ = hello;
  envelope_.reset();
  if (!hello.is_extended) {
    unsent_ += "250 " + parts_.settings.hostname + "\r\n";
    return Next::go_on;
  }
  unsent_ += "250-" + parts_.settings.hostname + "\r\n250-PIPELINING\r\n250-SIZE " +
             std::to_string(parts_.settings.max_message_bytes) +
             "\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n";
  if (offers_require_tls()) unsent_ += "250-REQUIRETLS\r\n";
  unsent_ += "250 ENHANCEDSTATUSCODES\r\n";
  return Next::go_on;
}

// TLS keeps strangers out of a session; into a unix socket none gets.
bool Session::offers_require_tls() const {
  return !client_.address;
}

Session::Next Session::begin(const MailFrom& command) {
  if (!hello_) return refuse(Answer(503, "5.5.1", "say EHLO first"));
  if (envelope_) return refuse(Answer(503, "5.5.1", "a transaction is open already"));
  if (!may_relay_) {
    parts_.log.info("refused",
                    {{"status", "5.7.1"}, {"client", client_.to_string()}, {"why", "relay_from"}});
    return refuse(Answer(550, "5.7.1", "this host may not hand in mail here"));
  }
  if (command.requires_tls && !offers_require_tls()) return refuse(unknown_mail_parameter());
  if (command.declared_size_bytes.value_or(0) > parts_.settings.max_message_bytes) {
    return say(Answer(552, "5.3.4", "message is larger than the limit"));
  }
  envelope_ = mail::Envelope{.reverse_path = command.reverse_path,
                             .recipients = {},
                             .return_content = command.return_content,
                             .envelope_id = command.envelope_id,
                             .is_eight_bit = command.is_eight_bit,
                             .is_smtp_utf8 = command.is_smtp_utf8,
                             .requires_tls = command.requires_tls};
  return say(Answer(250, "2.1.0", "sender ok"));
}

Session::Next Session::add(RcptTo command) {
  if (!envelope_) return refuse(Answer(503, "5.5.1", "say MAIL first"));
  const auto& address = command.recipient.address;
  if (!address.is_ascii() && !envelope_->is_smtp_utf8) {
    return refuse(address_needs_smtp_utf8());
  }
  auto& recipients = envelope_->recipients;
  const Answer taken(250, "2.1.5", "recipient ok");
  const auto is_same = [&address](const mail::Recipient& other) {
    return other.address.domain() == address.domain() &&
           other.address.local_part() == address.local_part();
  };
  if (std::any_of(recipients.begin(), recipients.end(), is_same)) return say(taken);
  if (recipients.size() >= parts_.settings.max_recipients) {
    return say(Answer(452, "4.5.3", "too many recipients"));
  }
  recipients.push_back(std::move(command.recipient));
  return say(taken);
}

std::optional<Answer> Session::no_data_now() const {
  if (!envelope_) return Answer(503, "5.5.1", "say MAIL first");
  if (envelope_->recipients.empty()) return Answer(554, "5.5.1", "no valid recipients");
  return std::nullopt;
}

// What came with DATA in one group cannot have waited for the 354: taken as content or as commands,
// it would be one more way to smuggle. The connection is of no use after that.
Awaitable<Session::Next> Session::receive() {
  if (!lines_.is_empty()) co_return give_up_on(Answer(554, "5.5.0", "data sent before the 354"));
  if (const auto refusal = no_data_now()) co_return refuse(*refusal);
  MUST(envelope_ && hello_);  // no_data_now() has seen to it: no MAIL without EHLO
  auto trace_of_message = trace(*hello_, *envelope_);
  MessageIntake message(parts_, std::move(*envelope_), std::move(trace_of_message));
  envelope_.reset();
  say(Answer(354, "", "end with a dot on a line of its own"));
  auto read = co_await flush();
  if (read) read = co_await read_content(&message);
  if (!read) {
    co_await message.abandon();
    parts_.log.info(
        "cut_in_data",
        {{"client", client_.to_string()}, {"status", "4.4.2"}, {"why", read.error().what}});
    if (read.error().fault == Fault::timeout) say(Answer(421, "4.4.2", "no data within the limit"));
    co_return Next::close;
  }
  // From the final dot to its reply nothing may cut in: the client would not know whose mail it is.
  // A cut that comes now finds is_draining_ set, so that the session ends by itself right after.
  namespace asio = boost::asio;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const Answer answer = co_await message.finish();
  say(answer);
  const auto sent = co_await flush();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  co_return sent ? Next::go_on : Next::close;
}

// Up to and with the end of the message; what follows it is commands again.
Awaitable<Result<>> Session::read_content(MessageIntake* message) {
  while (true) {
    stream_->expire_after(parts_.settings.block_timeout);
    const auto count = co_await stream_->read_some(block_);
    if (!count) co_return count.error();
    const std::string_view bytes(block_.data(), *count);
    const auto used = message->take(bytes);
    if (message->is_at_end()) {
      lines_.feed(bytes.substr(used));
      co_return Result<>{};
    }
    co_await message->store_chunks();
  }
}

Trace Session::trace(const Hello& hello, const mail::Envelope& envelope) const {
  return {.hello_name = hello.name,
          .is_extended = hello.is_extended,
          .is_smtp_utf8 = envelope.is_smtp_utf8,
          .client = client_,
          .hostname = parts_.settings.hostname,
          .id = queue::MessageId(0),
          .at = {}};
}

Session::Next Session::say(const Answer& answer) {
  unsent_ += answer.to_line();
  return answer.code() == 421 ? Next::close : Next::go_on;
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
