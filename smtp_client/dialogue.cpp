#include "smtp_client/dialogue.hpp"

#include <utility>

namespace greyhound::smtp {

Dialogue::Dialogue(std::unique_ptr<Stream> stream, const SmtpSettings& settings)
    : stream_(std::move(stream)),
      limits_{.max_bytes = settings.max_reply_bytes,
              .max_lines = settings.max_reply_lines,
              .max_line_bytes = settings.max_reply_line_bytes},
      reader_(limits_) {}

Awaitable<Result<>> Dialogue::say(std::string bytes, Duration limit) {
  if (trace_) trace_->sent(bytes);
  stream_->expire_after(limit);
  // Left open if it fails: what the server said before it stopped listening may still be read.
  co_return co_await stream_->write(bytes);
}

Awaitable<Result<mail::Reply>> Dialogue::hear(Duration limit) {
  stream_->expire_after(limit);
  auto reply = co_await read_reply();
  if (!reply) {
    if (trace_) trace_->remark("no reply: " + reply.error().what);
    close();
    co_return std::move(reply);
  }
  if (trace_) trace_->received(*reply);
  if (are_status_codes_believed_) *reply = mail::make_reply(reply->code, std::move(reply->lines));
  if (reply->code == 421) is_open_ = false;  // RFC 5321 section 3.8: it will hang up
  co_return std::move(reply);
}

Awaitable<Result<mail::Reply>> Dialogue::ask(std::string command, Duration limit) {
  const auto said = co_await say(std::move(command), limit);
  if (!said) {
    close();
    co_return said.error();
  }
  co_return co_await hear(limit);
}

Awaitable<Result<std::string>> Dialogue::encrypt(TlsClient* tls, TlsPeer peer, Duration limit) {
  if (reader_.has_unread()) {
    close();
    co_return Error{Fault::protocol, "went on in the clear after its reply to STARTTLS"};
  }
  stream_->expire_after(limit);
  auto made = co_await tls->encrypt(std::move(stream_), std::move(peer));
  if (!made) {
    if (trace_) trace_->remark("TLS: " + made.error().what);
    is_open_ = false;
    co_return made.error();
  }
  if (trace_) trace_->remark("encrypted: " + made->terms);
  stream_ = std::move(made->stream);
  reader_ = ReplyReader(limits_);
  are_status_codes_believed_ = false;
  co_return std::move(made->terms);
}

void Dialogue::close() {
  is_open_ = false;
  if (stream_) stream_->close();
}

Awaitable<Result<mail::Reply>> Dialogue::read_reply() {
  auto reply = reader_.next();
  while (!reply) {
    const auto count = co_await stream_->read_some(incoming_);
    if (!count) co_return count.error();
    reader_.feed(std::string_view(incoming_.data(), *count));
    reply = reader_.next();
  }
  co_return std::move(*reply);
}

}  // namespace greyhound::smtp
