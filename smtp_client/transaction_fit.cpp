// The part of Transaction that decides, before the first command, what of the message this server
// gets and in which form.
#include <utility>

#include "smtp_client/commands.hpp"
#include "smtp_client/content/seven_bit_body.hpp"
#include "smtp_client/obstacles.hpp"
#include "smtp_client/required_tls.hpp"
#include "smtp_client/transaction.hpp"

namespace greyhound::smtp {
namespace {

// A message up to this size may go along with the envelope, into the same socket buffers; smaller
// than a chunk, so that nothing of it leaves earlier.
constexpr std::size_t at_once_bytes = std::size_t{64} * 1024;

}  // namespace

// What this server cannot take is kept back. True: something is left to be sent.
Awaitable<bool> Transaction::fit_to_server() {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const auto& recipient = parts_.request.recipients.at(members_[i]);
    outcomes_[i] = envelope_obstacle(parts_.request, recipient, parts_.offered, parts_.host);
  }
  const auto unsafe = require_tls_obstacle(parts_.request, parts_.offered, parts_.host);
  if (unsafe) settle_open(*unsafe);
  if (open_members().empty()) co_return false;
  const bool is_too_wide = parts_.request.is_eight_bit && !parts_.offered.has_eight_bit_mime;
  if (is_too_wide) co_await convert_body();
  const auto too_large = size_obstacle(body_->size_bytes(), parts_.offered, parts_.host);
  if (too_large) settle_open(*too_large);
  co_return !open_members().empty();
}

Awaitable<> Transaction::convert_body() {
  auto made = co_await in_seven_bits(body_);
  if (!made) co_return blame_ourselves(made.error());
  if (!made->problem.empty()) settle_open(eight_bit_obstacle(made->problem, parts_.host));
  converted_ = std::move(made->body);
  if (converted_) body_ = converted_.get();
}

void Transaction::write_commands() {
  const auto& request = parts_.request;
  const auto& offered = parts_.offered;
  const auto open = open_members();
  Passage passage{.size_bytes = body_->size_bytes()};
  passage.is_smtp_utf8 = uses_smtp_utf8(request, recipients(open), offered);
  passage.is_eight_bit =
      offered.has_eight_bit_mime && (request.is_eight_bit || passage.is_smtp_utf8);
  if (parts_.begins_with_reset) commands_.push_back({Verb::rset, "RSET\r\n"});
  commands_.push_back({Verb::mail, mail_command(request, passage, offered)});
  for (const auto i : open) {
    const auto& recipient = request.recipients.at(members_[i]);
    commands_.push_back({Verb::rcpt, rcpt_command(recipient, offered), i});
  }
  is_at_once_ = goes_at_once();
  const bool asks_along = offered.has_pipelining && !offered.has_chunking;
  if (asks_along) commands_.push_back({Verb::data, "DATA\r\n"});
}

bool Transaction::goes_at_once() const {
  const bool is_offered = parts_.offered.has_chunking && parts_.offered.has_pipelining;
  return parts_.may_go_at_once && is_offered && body_->size_bytes() <= at_once_bytes &&
         flight_end(0) == commands_.size();
}

std::vector<std::size_t> Transaction::open_members() const {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    if (!outcomes_[i]) open.push_back(i);
  }
  return open;
}

std::vector<std::size_t> Transaction::recipients(std::vector<std::size_t> members) const {
  for (auto& member : members)
    member = members_[member];
  return members;
}

}  // namespace greyhound::smtp
