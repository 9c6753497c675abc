#include "smtp_client/transaction.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "runtime/must.hpp"
#include "smtp_client/content/body_encoder.hpp"

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
    : parts_(parts),
      members_(std::move(members)),
      body_(parts.request.body.get()),
      outcomes_(members_.size()) {
  MUST(!members_.empty() && body_ && parts_.request.in_doubt);
}

Awaitable<TransactionReport> Transaction::run() {
  report_.needs_reset = parts_.begins_with_reset;
  if (!co_await fit_to_server()) co_return report();
  write_commands();
  report_.needs_reset = true;  // until the reply to the message is read
  if (is_at_once_) {
    co_await send_all_at_once();
    co_return report();
  }
  bool may_go_on = co_await send_envelope();
  if (may_go_on && !is_data_open_ && !has_chunks()) {
    may_go_on = co_await ask_for_data();
  }
  if (may_go_on) may_go_on = co_await send_body();
  if (may_go_on) may_go_on = co_await mark_in_doubt(accepted_);
  if (may_go_on) co_await end_body();
  if (accepted_.empty() && is_data_open_) co_await end_empty_body();
  co_return report();
}

// A server that takes its leave in the middle of RCPT may be gone by now. It is asked first then:
// behind the last BDAT nobody could tell whether it took the message.
bool Transaction::has_chunks() const {
  return parts_.offered.has_chunking && !farewell_;
}

// True: some recipients were taken, and the connection is there.
Awaitable<bool> Transaction::send_envelope() {
  std::size_t first = 0;
  while (first < commands_.size() && !farewell_) {
    const auto end = flight_end(first);
    const auto opening = step_of(commands_[first].verb);
    const auto said = co_await parts_.dialogue.say(lines(first, end), opening.limit);
    if (!said && said.error().fault != Fault::closed) {
      lose(opening, said.error());
      co_return false;
    }
    if (!co_await hear_replies(first, end)) co_return false;
    first = end;
  }
  if (farewell_) settle_unaccepted(*farewell_);
  // What was taken before a 421 is delivered if the server still listens.
  co_return !open_members().empty();
}

Awaitable<bool> Transaction::hear_replies(std::size_t first, std::size_t end) {
  for (auto i = first; i < end; ++i) {
    const auto step = step_of(commands_[i].verb);
    auto reply = co_await parts_.dialogue.hear(step.limit);
    if (!reply) {
      lose(step, reply.error());
      co_return false;
    }
    note(*reply);
    take(commands_[i], std::move(*reply));
  }
  co_return true;
}

std::size_t Transaction::flight_end(std::size_t first) const {
  auto end = first + 1;
  if (!parts_.offered.has_pipelining) return end;
  auto bytes = commands_[first].line.size();
  while (end < commands_.size() && bytes + commands_[end].line.size() <= max_flight_bytes) {
    bytes += commands_[end].line.size();
    ++end;
  }
  return end;
}

std::string Transaction::lines(std::size_t first, std::size_t end) const {
  std::string bytes;
  for (auto i = first; i < end; ++i)
    bytes += commands_[i].line;
  return bytes;
}

// With the message on its way as well, a reply that stays away leaves all in doubt.
Step Transaction::step_of(Verb verb) const {
  const auto of = [this](Stage stage) { return is_at_once_ ? Stage::eom : stage; };
  switch (verb) {
    case Verb::rset:
      return {of(Stage::mail), "reply to RSET", parts_.timeouts.mail};
    case Verb::mail:
      return {of(Stage::mail), "reply to MAIL", parts_.timeouts.mail};
    case Verb::rcpt:
      return {of(Stage::rcpt), "reply to RCPT", parts_.timeouts.rcpt};
    case Verb::data:
      break;
  }
  return {Stage::data, "reply to DATA", parts_.timeouts.data};
}

// A server that goes on after its 421 may take the message all the same.
void Transaction::note(const Reply& reply) {
  if (!was_heard_) report_.is_stale = reply.code == 421;
  if (reply.is_positive()) report_.is_stale = false;
  was_heard_ = true;
}

void Transaction::take(const Command& command, Reply reply) {
  switch (command.verb) {
    case Verb::rset:
      lacks_reset_ = !reply.is_positive() && reply.code != 421;
      return;  // whether it matters shows at MAIL
    case Verb::mail:
      return take_mail_reply(std::move(reply));
    case Verb::rcpt:
      return take_rcpt_reply(command.member, std::move(reply));
    case Verb::data:
      return take_data_reply(std::move(reply));
  }
}

void Transaction::take_mail_reply(Reply reply) {
  if (goes_on(Stage::mail, reply)) return;
  const bool is_out_of_place = reply.first_digit() == 3;
  was_mail_refused_ = true;
  if (lacks_reset_) {  // the one before is still open there, which is no fault of this message
    farewell_ = deferred(Stage::mail,
                         transient(5, 1),
                         parts_.host + ": took no RSET, then said " + reply.to_string());
    report_.is_stale = true;
  } else {
    farewell_ = outcome_of(Stage::mail, std::move(reply));
  }
  if (is_out_of_place || lacks_reset_) parts_.dialogue.close();
}

void Transaction::take_rcpt_reply(std::size_t member, Reply reply) {
  if (was_mail_refused_) return;  // "503 need MAIL first", and the like
  report_.progress = Progress::after_rcpt_reply;
  const bool is_cut_short = reply.code == 421 && rcpt_replies_ > 0 && !farewell_;
  if (is_cut_short) report_.answered_before_421 = rcpt_replies_;
  ++rcpt_replies_;
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

// With nobody to take the message, anything but a 354 is as it should be.
void Transaction::take_data_reply(Reply reply) {
  is_data_open_ = goes_on(Stage::data, reply);
  if (is_data_open_ || accepted_.empty()) return;
  const bool is_out_of_place = reply.is_positive();
  settle_open(outcome_of(Stage::data, std::move(reply)));
  if (is_out_of_place) parts_.dialogue.close();
}

// One round trip. What is marked is more than will be in doubt, should we die meanwhile: who is
// taken is not known yet.
Awaitable<> Transaction::send_all_at_once() {
  if (!co_await encode_body()) co_return;
  if (!co_await mark_in_doubt(open_members())) co_return;
  const Step step{Stage::eom, "reply to the last BDAT", parts_.timeouts.final};
  auto flight = lines(0, commands_.size()) + ending_;
  const auto said = co_await parts_.dialogue.say(std::move(flight), parts_.timeouts.block);
  if (!said && said.error().fault == Fault::timeout) co_return stall(Stage::eom, said.error());
  if (!said && said.error().fault != Fault::closed) co_return lose(step, said.error());
  if (!co_await hear_replies(0, commands_.size())) co_return;
  if (farewell_) settle_unaccepted(*farewell_);
  auto reply = co_await parts_.dialogue.hear(step.limit);
  if (!reply) co_return lose(step, reply.error());
  take_last_reply(std::move(*reply));
}

// True: the server waits for the message.
Awaitable<bool> Transaction::ask_for_data() {
  const Step step{Stage::data, "reply to DATA", parts_.timeouts.data};
  auto reply = co_await parts_.dialogue.ask("DATA\r\n", step.limit);
  if (!reply) {
    lose(step, reply.error());
    co_return false;
  }
  take_data_reply(std::move(*reply));
  co_return is_data_open_;
}

// A server that wants a message for nobody gets an empty one (RFC 2920 section 3.1).
Awaitable<> Transaction::end_empty_body() {
  const auto reply = co_await parts_.dialogue.ask(".\r\n", parts_.timeouts.final);
  if (!reply) parts_.dialogue.close();
}

// By BDAT no question is asked first: most messages are one, and its reply is that to the message.
Awaitable<bool> Transaction::send_body() {
  report_.progress = Progress::in_body;
  if (!co_await encode_body()) co_return false;
  // Until its last block is sent the server cannot have taken the message.
  const auto before = ending_.size() > block_bytes ? ending_.size() - block_bytes : 0;
  if (before == 0) co_return true;
  auto rest = ending_.substr(before);
  ending_.resize(before);
  if (!co_await send_block(std::exchange(ending_, std::move(rest)))) co_return false;
  co_return true;
}

// Leaves what is sent last in `ending_`, a large message sent as far as that.
Awaitable<bool> Transaction::encode_body() {
  BodyEncoder encoder(has_chunks() ? BodyTransfer::bdat : BodyTransfer::data);
  body_->rewind();
  for (;;) {
    auto chunk = co_await body_->next();
    if (!chunk) {
      blame_ourselves(chunk.error());
      co_return false;
    }
    if (chunk->empty()) break;
    ending_ += encoder.encode(*chunk);
    if (has_chunks() && ending_.size() < bdat_bytes) continue;
    auto part = std::exchange(ending_, {});
    auto sending = has_chunks() ? send_chunk(std::move(part)) : send_block(std::move(part));
    if (!co_await std::move(sending)) co_return false;
  }
  ending_ += encoder.finish();
  if (has_chunks()) ending_.insert(0, "BDAT " + std::to_string(ending_.size()) + " LAST\r\n");
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
      stall(Stage::data, said.error());
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

Awaitable<bool> Transaction::mark_in_doubt(std::vector<std::size_t> members) {
  const auto marked = co_await parts_.request.in_doubt->set(recipients(members));
  if (!marked) blame_ourselves(marked.error());
  co_return marked.has_value();
}

// From its first byte on nobody but the server knows whether the message was delivered.
Awaitable<> Transaction::end_body() {
  const Step step{Stage::eom,
                  has_chunks() ? "reply to the last BDAT" : "reply to the final dot",
                  parts_.timeouts.final};
  const auto said = co_await parts_.dialogue.say(std::move(ending_), parts_.timeouts.block);
  if (!said && said.error().fault == Fault::timeout) co_return stall(Stage::eom, said.error());
  auto reply = co_await parts_.dialogue.hear(step.limit);
  if (!reply) co_return lose(step, reply.error());
  take_last_reply(std::move(*reply));
}

// After a refused BDAT only RSET makes sure of the server's state (RFC 3030 section 2).
void Transaction::take_last_reply(Reply reply) {
  note(reply);
  const bool is_out_of_place = reply.first_digit() == 3;
  report_.needs_reset = parts_.offered.has_chunking && !reply.is_positive();
  if (!accepted_.empty()) settle_open(outcome_of(Stage::eom, std::move(reply)));
  if (is_out_of_place) parts_.dialogue.close();
}

// The connection is gone. A 421 that came before explains it better than the silence does.
void Transaction::lose(const Step& step, const Error& error) {
  parts_.dialogue.close();
  const bool may_be_taken = step.stage == Stage::eom;
  if (!was_heard_) report_.is_stale = !may_be_taken;
  if (farewell_) settle_unaccepted(*farewell_);
  const bool is_explained = farewell_ && !may_be_taken;
  settle_open(is_explained ? *farewell_ : outcome_without_reply(parts_.host, step, error));
}

// The server takes no more of the message.
void Transaction::stall(Stage stage, const Error& error) {
  lose({stage, "progress with the message", parts_.timeouts.block}, error);
}

// Closed before the dot, so that the server delivers nothing.
void Transaction::blame_ourselves(const Error& error) {
  parts_.dialogue.close();
  report_.our_fault = error.what;
  settle_open(deferred(Stage::local, transient(3, 0), "our own store: " + error.what));
}

void Transaction::settle_unaccepted(const Outcome& outcome) {
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    const bool is_accepted = std::find(accepted_.begin(), accepted_.end(), i) != accepted_.end();
    if (!outcomes_[i] && !is_accepted) outcomes_[i] = outcome;
  }
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
