// What follows DATA and BDAT in a session.
#include <algorithm>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "intake/session.hpp"
#include "runtime/must.hpp"

namespace greyhound::intake {

void Session::begin_message(MessageIntake::Framing framing) {
  auto envelope = transaction_.take_envelope();
  const auto& hello = transaction_.hello();  // no MAIL without EHLO
  Trace trace{.hello_name = hello.name,
              .is_extended = hello.is_extended,
              .is_smtp_utf8 = envelope.is_smtp_utf8,
              .client = client_,
              .hostname = parts_.settings.hostname,
              .id = queue::MessageId(0),
              .at = {}};
  message_.emplace(parts_, std::move(envelope), std::move(trace), framing);
  content_ = {};
}

MessageIntake& Session::message() {
  MUST(message_.has_value());
  return *message_;
}

// What came with DATA in one group cannot have waited for the 354: taken as content or as commands,
// it would be one more way to smuggle. The connection is of no use after that.
Awaitable<Session::Next> Session::receive() {
  if (!lines_.is_empty()) co_return give_up_on(Answer(554, "5.5.0", "data sent before the 354"));
  if (const auto refusal = transaction_.no_content_now()) co_return refuse(*refusal);
  begin_message(MessageIntake::Framing::dot);
  say(Answer(354, "", "end with a dot on a line of its own"));
  auto read = co_await flush();
  if (read) read = co_await read_content();
  if (!read) co_return co_await break_off(read.error());
  co_return co_await finish_message();
}

// Up to and with the end of the message; what follows it is commands again.
Awaitable<Result<>> Session::read_content() {
  while (true) {
    const auto count = co_await read_block();
    if (!count) co_return count.error();
    const std::string_view bytes(block_.data(), *count);
    const auto used = message().take(bytes);
    if (message().is_at_end()) {
      lines_.feed(bytes.substr(used));
      co_return Result<>{};
    }
    co_await message().store_chunks();
  }
}

// The octets come whatever the answer will be, and are counted off (RFC 3030 section 2).
Awaitable<Session::Next> Session::receive_counted(Bdat command) {
  std::optional<Answer> refusal;
  if (!message_) refusal = transaction_.no_content_now();
  if (!message_ && !refusal) begin_message(MessageIntake::Framing::counted);
  auto read = co_await read_counted(command.octets);
  if (!read) co_return co_await break_off(read.error());
  if (!refusal && command.is_last) {
    message().end();
    co_return co_await finish_message();
  }
  if (!refusal) refusal = message().refusal();
  if (!refusal) co_return say(Answer(250, "2.0.0", "octets taken"));
  co_await abandon_message();
  co_return answer(*refusal);
}

// Without a message they are dropped.
Awaitable<Result<>> Session::read_counted(std::uint64_t octets) {
  if (!message_) content_ = {};
  const auto at_hand = lines_.take_octets(octets);
  content_.octets += at_hand.size();
  co_await take_octets(at_hand);
  for (std::uint64_t taken = at_hand.size(); taken < octets;) {
    if (auto sent = co_await flush(); !sent) co_return sent.error();
    const auto count = co_await read_block();
    if (!count) co_return count.error();
    const std::string_view bytes(block_.data(), *count);
    const auto own = static_cast<std::size_t>(std::min<std::uint64_t>(octets - taken, *count));
    co_await take_octets(bytes.substr(0, own));
    lines_.feed(bytes.substr(own));
    taken += own;
  }
  co_return Result<>{};
}

Awaitable<> Session::take_octets(std::string_view octets) {
  if (!message_) co_return;
  message_->take(octets);
  co_await message_->store_chunks();
}

// Block by block a client may be slow; as a whole it may not hold the session for ever. The time
// counts that is waited for its octets, in all pieces together: not what our disk takes, nor what
// passes until the next BDAT, which has the limit of a command.
Awaitable<Result<std::size_t>> Session::read_block() {
  const auto& settings = parts_.settings;
  const std::chrono::seconds earned(content_.octets / settings.least_bytes_per_second);
  const Duration left = settings.content_grace + earned - content_.waited;
  stream_->expire_after(std::clamp<Duration>(left, Duration(0), settings.block_timeout));
  const auto asked = parts_.clock.steady();
  auto count = co_await stream_->read_some(block_);
  content_.waited += parts_.clock.steady() - asked;
  if (count) content_.octets += *count;
  co_return std::move(count);
}

// From the last octet to its reply nothing may cut in: the client would not know whose mail it is.
// A cut that comes now finds is_draining_ set, so that the session ends by itself right after.
Awaitable<Session::Next> Session::finish_message() {
  namespace asio = boost::asio;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const Answer answer = co_await message().finish();
  message_.reset();
  if (!answer.is_refusal()) idle_commands_ = 0;
  say(answer);
  const auto sent = co_await flush();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  co_return sent ? Next::go_on : Next::close;
}

Awaitable<Session::Next> Session::break_off(Error why) {
  co_await abandon_message();
  parts_.log.info("cut_in_data",
                  {{"client", client_.to_string()}, {"status", "4.4.2"}, {"why", why.what}});
  if (why.fault == Fault::timeout) say(Answer(421, "4.4.2", "no data within the limit"));
  co_return Next::close;
}

Awaitable<> Session::abandon_message() {
  if (!message_) co_return;
  co_await message_->abandon();
  message_.reset();
}

}  // namespace greyhound::intake
