// Dialogue: one connection as commands and replies, every wait under its deadline.
// Owner: a session. Runs on: the loop its stream was opened on.
// Limits: the reply bounds of SmtpSettings.
// Errors: timeout, closed, network, protocol; after one of hear() or ask() it is closed.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "mail/reply.hpp"
#include "runtime/stream.hpp"
#include "smtp_client/dialogue_trace.hpp"
#include "smtp_client/reply_reader.hpp"
#include "smtp_client/smtp_settings.hpp"
#include "smtp_client/tls/tls_client.hpp"

namespace greyhound::smtp {

class Dialogue {
 public:
  Dialogue(std::unique_ptr<Stream> stream, const SmtpSettings& settings);

  Awaitable<Result<>> say(std::string bytes, Duration limit);
  Awaitable<Result<mail::Reply>> hear(Duration limit);
  Awaitable<Result<mail::Reply>> ask(std::string command, Duration limit);  // say, then hear

  // Goes on encrypted, with all that was heard before forgotten; gives the terms. An error closes
  // it, bytes behind the last reply among them: somebody may have put them there (RFC 3207 section
  // 6). `tls` outlives the call.
  Awaitable<Result<std::string>> encrypt(TlsClient* tls, TlsPeer peer, Duration limit);

  // From now on a status in a reply is believed (RFC 2034 section 4).
  void believe_status_codes() { are_status_codes_believed_ = true; }

  bool is_open() const { return is_open_; }
  // Open, and the server has not said anything unasked, as it does before it hangs up.
  bool is_quiet() { return is_open_ && !reader_.has_unread() && stream_->is_quiet(); }
  void close();

  const Stream& stream() const { return *stream_; }

  // From now on what passes is shown to somebody; nullptr: to nobody.
  void show_to(std::unique_ptr<DialogueTrace> trace) { trace_ = std::move(trace); }

 private:
  Awaitable<Result<mail::Reply>> read_reply();

  std::unique_ptr<Stream> stream_;  // none after an encryption that failed
  const ReplyLimits limits_;
  ReplyReader reader_;
  std::array<char, 4096> incoming_{};
  std::unique_ptr<DialogueTrace> trace_;
  bool is_open_ = true;
  bool are_status_codes_believed_ = false;
};

}  // namespace greyhound::smtp
