#include "smtp_client/transaction.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "runtime/must.hpp"
#include "smtp_client/body_encoder.hpp"
#include "smtp_client/commands.hpp"

namespace greyhound::smtp {

using mail::Outcome;
using mail::Reply;
using mail::Stage;

namespace {

// Fits any socket buffer, so that writing a flight never waits for a server that itself waits for
// us to read (RFC 2920 section 3.1).
constexpr std::size_t max_flight_bytes = std::size_t{8} * 1024;

// What one `block` timeout covers, whatever the size of the store's chunks.
constexpr std::size_t block_bytes = std::size_t{64} * 1024;

// A message up to this size goes by one BDAT; it is in memory once more meanwhile.
constexpr std::size_t bdat_bytes = std::size_t{512} * 1024;

// A server that hangs up in the middle of the message may have said why just before.
constexpr std::chrono::seconds parting_limit{2};

}  // namespace

Transaction::Transaction(Parts parts, std::vector<std::size_t> members)
    : parts_(parts), members_(std::move(members)), outcomes_(members_.size()) {
  MUST(!members_.empty() && parts_.request.body && parts_.request.in_doubt);
  commands_.push_back(mail_command(parts_.request, parts_.offered));
  for (const auto member : members_) {
    commands_.push_back(rcpt_command(parts_.request.recipients.at(member), parts_.offered));
  }
}

Awaitable<TransactionReport> Transaction::run() {
  if (const auto why = obstacle()) {
    settle_open(*why);
    co_return report();
  }
  bool may_go_on = co_await send_envelope();
  if (may_go_on && !parts_.offered.has_chunking) may_go_on = co_await ask_for_data();
  if (may_go_on) may_go_on = co_await send_body();
  if (may_go_on) may_go_on = co_await mark_in_doubt();
  if (may_go_on) co_await end_body();
  co_return report();
}

std::optional<Outcome> Transaction::obstacle() const {
  const auto size = parts_.request.body->size_bytes();
  const auto limit = parts_.offered.size_limit_bytes;
  if (limit && size > *limit) {
    return refused(Stage::mail,
                   permanent(3, 4),
                   parts_.host + ": takes at most " + std::to_string(*limit) +
                       " bytes, the message has " + std::to_string(size));
  }
  if (parts_.request.is_eight_bit && !parts_.offered.has_eight_bit_mime) {
    return refused(
        Stage::mail, permanent(6, 3), parts_.host + ": does not take 8-bit content (8BITMIME)");
  }
  return std::nullopt;
}

// True: some recipients were taken, and the connection is there.
Awaitable<bool> Transaction::send_envelope() {
  std::size_t first = 0;
  while (first < commands_.size() && !farewell_) {
    const auto end = flight_end(first);
    if (!co_await send_flight(first, end)) co_return false;
    first = end;
  }
  if (!farewell_) co_return !accepted_.empty();
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    const bool is_accepted = std::find(accepted_.begin(), accepted_.end(), i) != accepted_.end();
    if (!outcomes_[i] && !is_accepted) outcomes_[i] = farewell_;
  }
  // What was taken before a 421 is delivered if the server still listens.
  co_return !accepted_.empty();
}

Awaitable<bool> Transaction::send_flight(std::size_t first, std::size_t end) {
  std::string bytes;
  for (auto i = first; i < end; ++i)
    bytes += commands_[i];
  const auto opening = step_of(first);
  const auto said = co_await parts_.dialogue.say(std::move(bytes), opening.limit);
  if (!said && said.error().fault != Fault::closed) {
    lose(opening, said.error());
    co_return false;
  }
  for (auto i = first; i < end; ++i) {
    const auto step = step_of(i);
    auto reply = co_await parts_.dialogue.hear(step.limit);
    if (!reply) {
      lose(step, reply.error());
      co_return false;
    }
    if (i == 0)
      take_mail_reply(std::move(*reply));
    else
      take_rcpt_reply(i - 1, std::move(*reply));
  }
  co_return true;
}

std::size_t Transaction::flight_end(std::size_t first) const {
  auto end = first + 1;
  if (!parts_.offered.has_pipelining) return end;
  auto bytes = commands_[first].size();
  while (end < commands_.size() && bytes + commands_[end].size() <= max_flight_bytes) {
    bytes += commands_[end].size();
    ++end;
  }
  return end;
}

Step Transaction::step_of(std::size_t command) const {
  if (command == 0) return {Stage::mail, "reply to MAIL", parts_.timeouts.mail};
  return {Stage::rcpt, "reply to RCPT", parts_.timeouts.rcpt};
}

void Transaction::take_mail_reply(Reply reply) {
  if (goes_on(Stage::mail, reply)) return;
  const bool is_out_of_place = reply.first_digit() == 3;
  farewell_ = outcome_of(Stage::mail, std::move(reply));
  was_mail_refused_ = true;
  if (is_out_of_place) parts_.dialogue.close();
}

void Transaction::take_rcpt_reply(std::size_t member, Reply reply) {
  if (was_mail_refused_) return;  // "503 need MAIL first", and the like
  report_.progress = Progress::after_rcpt_reply;
  if (goes_on(Stage::rcpt, reply)) {
    accepted_.push_back(member);
    return;
  }
  const bool is_out_of_place = reply.first_digit() == 3;
  const bool ends_all = reply.code == 421 || is_out_of_place;
  outcomes_[member] = accepted_.empty() ? outcome_of(Stage::rcpt, std::move(reply))
                                        : outcome_after_accepted_recipients(std::move(reply));
  if (ends_all && !farewell_) farewell_ = outcomes_[member];
}

// True: the server waits for the message.
Awaitable<bool> Transaction::ask_for_data() {
  const Step step{Stage::data, "reply to DATA", parts_.timeouts.data};
  auto reply = co_await parts_.dialogue.ask("DATA\r\n", step.limit);
  if (!reply) {
    lose(step, reply.error());
    co_return false;
  }
  if (goes_on(Stage::data, *reply)) co_return true;
  const bool is_out_of_place = reply->is_positive();
  settle_open(outcome_of(Stage::data, std::move(*reply)));
  if (is_out_of_place) parts_.dialogue.close();
  co_return false;
}

// By BDAT no question is asked first: most messages are one, and its reply is that to the message.
Awaitable<bool> Transaction::send_body() {
  const bool has_chunks = parts_.offered.has_chunking;
  report_.progress = Progress::in_body;
  BodyEncoder encoder(has_chunks ? BodyTransfer::bdat : BodyTransfer::data);
  std::string waiting;
  for (;;) {
    auto chunk = co_await parts_.request.body->next();
    if (!chunk) {
      blame_ourselves(chunk.error());
      co_return false;
    }
    if (chunk->empty()) break;
    waiting += encoder.encode(*chunk);
    if (has_chunks && waiting.size() < bdat_bytes) continue;
    auto part = std::exchange(waiting, {});
    auto sending = has_chunks ? send_chunk(std::move(part)) : send_block(std::move(part));
    if (!co_await std::move(sending)) co_return false;
  }
  waiting += encoder.finish();
  if (has_chunks) waiting = "BDAT " + std::to_string(waiting.size()) + " LAST\r\n" + waiting;
  // Until its last block is sent the server cannot have taken the message.
  const auto before = waiting.size() > block_bytes ? waiting.size() - block_bytes : 0;
  if (before > 0 && !co_await send_block(waiting.substr(0, before))) co_return false;
  ending_ = waiting.substr(before);
  co_return true;
}

// One that is not the last: its reply only says whether to go on.
Awaitable<bool> Transaction::send_chunk(std::string bytes) {
  const Step step{Stage::data, "reply to BDAT", parts_.timeouts.block};
  auto command = "BDAT " + std::to_string(bytes.size()) + "\r\n";
  if (!co_await send_block(std::move(command) + bytes)) co_return false;
  auto reply = co_await parts_.dialogue.hear(step.limit);
  if (!reply) {
    lose(step, reply.error());
    co_return false;
  }
  if (reply->is_positive()) co_return true;
  const bool is_out_of_place = reply->first_digit() == 3;
  settle_open(is_out_of_place ? deferred(Stage::data,
                                         transient(5, 0),
                                         parts_.host + ": answers BDAT with " + reply->to_string())
                              : outcome_of(Stage::data, std::move(*reply)));
  if (is_out_of_place) parts_.dialogue.close();
  co_return false;
}

Awaitable<bool> Transaction::send_block(std::string bytes) {
  const Step step{Stage::data, "end of the message", parts_.timeouts.block};
  for (std::size_t at = 0; at < bytes.size(); at += block_bytes) {
    const auto said = co_await parts_.dialogue.say(bytes.substr(at, block_bytes), step.limit);
    if (said) continue;
    if (said.error().fault == Fault::timeout) {
      const Step stalled{Stage::data, "progress with the message", step.limit};
      lose(stalled, said.error());
      co_return false;
    }
    auto parting = co_await parts_.dialogue.hear(parting_limit);
    const bool says_why = parting && (parting->is_transient() || parting->is_permanent());
    if (says_why) settle_open(outcome_of(Stage::data, std::move(*parting)));
    lose(step, said.error());
    co_return false;
  }
  co_return true;
}

Awaitable<bool> Transaction::mark_in_doubt() {
  std::vector<std::size_t> recipients;
  recipients.reserve(accepted_.size());
  for (const auto member : accepted_)
    recipients.push_back(members_[member]);
  const auto marked = co_await parts_.request.in_doubt->set(std::move(recipients));
  if (!marked) blame_ourselves(marked.error());
  co_return marked.has_value();
}

// From its first byte on nobody but the server knows whether the message was delivered.
Awaitable<> Transaction::end_body() {
  const bool has_chunks = parts_.offered.has_chunking;
  const Step step{Stage::eom,
                  has_chunks ? "reply to the last BDAT" : "reply to the final dot",
                  parts_.timeouts.final};
  const auto said = co_await parts_.dialogue.say(std::move(ending_), parts_.timeouts.block);
  if (!said && said.error().fault == Fault::timeout) {
    lose(step, said.error());
    co_return;
  }
  auto reply = co_await parts_.dialogue.hear(step.limit);
  if (!reply) {
    lose(step, reply.error());
    co_return;
  }
  const bool is_out_of_place = reply->first_digit() == 3;
  settle_open(outcome_of(Stage::eom, std::move(*reply)));
  if (is_out_of_place) parts_.dialogue.close();
}

// The connection is gone. A 421 that came before explains it better than the silence does.
void Transaction::lose(const Step& step, const Error& error) {
  parts_.dialogue.close();
  const bool is_explained = farewell_ && step.stage != Stage::eom;
  settle_open(is_explained ? *farewell_ : outcome_without_reply(parts_.host, step, error));
}

// Closed before the dot, so that the server delivers nothing.
void Transaction::blame_ourselves(const Error& error) {
  parts_.dialogue.close();
  report_.our_fault = error.what;
  settle_open(deferred(Stage::local, transient(3, 0), "our own store: " + error.what));
}

void Transaction::settle_open(const Outcome& outcome) {
  for (auto& open : outcomes_) {
    if (!open) open = outcome;
  }
}

TransactionReport Transaction::report() {
  for (auto& outcome : outcomes_) {
    MUST(outcome.has_value());
    report_.outcomes.push_back(std::move(*outcome));
  }
  return std::move(report_);
}

}  // namespace greyhound::smtp
